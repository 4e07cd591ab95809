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
        errorElement: <PageError />,
        children: [
          {
            errorElement: <PageError />,
            children: [
              { index: true, element: <Navigate to="/settings/security" replace /> },
              { path: 'settings', element: <Navigate to="/settings/security" replace /> },
              { path: 'settings/security', lazy: () => import('./settings/security-page.tsx') },
              { path: 'keys', lazy: () => import('./keys/keys-page.tsx') },
              { path: 'keys/create', lazy: () => import('./keys/create-page.tsx') },
              { path: 'keys/:id', lazy: () => import('./keys/key-page.tsx') },
              { path: 'keys/:id/edit', lazy: () => import('./keys/edit-page.tsx') },
              { path: 'servers', lazy: () => import('./servers/servers-page.tsx') },
              { path: 'servers/add', lazy: () => import('./servers/add-server-page.tsx') },
              { path: 'servers/:id', lazy: () => import('./servers/server-page.tsx') },
              { path: 'servers/:id/edit', lazy: () => import('./servers/edit-server-page.tsx') },
              { path: 'servers/:id/connect', lazy: () => import('./servers/connect-page.tsx') },
              { path: 'traffic', lazy: () => import('./traffic/traffic-page.tsx') },
              { path: 'traffic/:id', lazy: () => import('./traffic/request-page.tsx') },
              { path: 'audit', lazy: () => import('./audit/audit-page.tsx') },
              { path: '*', element: <NotFound /> },
            ],
          },
        ],
      },
    ],
    { basename: new URL(`${url}/dashboard`).pathname },
  );
