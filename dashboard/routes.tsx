import { createBrowserRouter, Navigate } from 'react-router';
import { Loading } from './parts/loading.tsx';
import { Frame } from './shell/frame.tsx';
import { NotFound } from './shell/not-found.tsx';
import { PageError } from './shell/page-error.tsx';

/**
 * The pages, each loaded when it is first gone to.
 * @param url the gateway's address
 */
export const routes = (url: string) =>
  createBrowserRouter(
    [
      {
        element: <Frame url={url} />,
        hydrateFallbackElement: <Loading />,
        children: [
          {
            errorElement: <PageError />,
            children: [
              { index: true, element: <Navigate to="/settings/security" replace /> },
              { path: 'settings', element: <Navigate to="/settings/security" replace /> },
              { path: 'settings/security', lazy: () => import('./settings/security-page.tsx') },
              { path: 'keys', lazy: () => import('./keys/keys-page.tsx') },
              { path: 'servers', lazy: () => import('./servers/servers-page.tsx') },
              { path: 'traffic', lazy: () => import('./traffic/traffic-page.tsx') },
              { path: 'audit', lazy: () => import('./audit/audit-page.tsx') },
              { path: '*', element: <NotFound /> },
            ],
          },
        ],
      },
    ],
    { basename: new URL(`${url}/dashboard`).pathname },
  );
