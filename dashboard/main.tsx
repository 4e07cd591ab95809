import '@cloudscape-design/global-styles/index.css';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
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

const router = routes(url);

createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <SessionProvider url={url}>
        <MessagesProvider>
          {/* That a page is left is known at once, and not when React has time. */}
          <RouterProvider router={router} useTransitions={false} />
        </MessagesProvider>
      </SessionProvider>
    </I18nProvider>
  </StrictMode>,
);
