import '@cloudscape-design/global-styles/index.css';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { SessionProvider } from './api/session.tsx';
import { routes } from './routes.tsx';
import { MessagesProvider } from './shell/messages.tsx';
import { applyStoredTheme } from './shell/theme.ts';

const root = document.querySelector<HTMLElement>('#dashboard');
const url = root?.dataset.url;
if (root === null || url === undefined) throw new Error('The page has no place for the dashboard');

applyStoredTheme();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The client of the API tries again what can be.
      retry: false,
      staleTime: 10_000,
      // What cannot be reached is told, not waited for.
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <I18nProvider locale="en" messages={[messages]}>
        <MessagesProvider>
          <SessionProvider url={url}>
            <RouterProvider router={routes(url)} />
          </SessionProvider>
        </MessagesProvider>
      </I18nProvider>
    </QueryClientProvider>
  </StrictMode>,
);
