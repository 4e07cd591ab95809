import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { useLayoutEffect, useState } from 'react';
import { Outlet, useLocation } from 'react-router';
import { useSessions } from '../api/session.tsx';
import { isNarrow } from '../parts/narrow.ts';
import { nameTab } from '../parts/title.ts';
import { leaveAsked } from '../parts/unsaved-guard.tsx';
import { ShownMessages } from './messages.tsx';
import { useFollow, useRoot } from './navigation.tsx';
import { SignIn } from './sign-in.tsx';
import { useStartingPoint } from './starting-point.ts';
import { THEMES, type Theme, useTheme } from './theme.ts';

const PAGES = [
  { text: 'Security', to: '/settings/security', section: 'Project settings' },
  { text: 'API keys', to: '/keys', section: 'Access' },
  { text: 'MCP servers', to: '/servers', section: 'Access' },
  { text: 'Traffic', to: '/traffic', section: 'Activity' },
  { text: 'Audit', to: '/audit', section: 'Activity' },
] as const;

const THEME_NAMES: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

/** Stays above the layout, whose toolbar stays below it: over what that puts over the content (1000 and 1001). */
const STICKY = { position: 'sticky', insetBlockStart: 0, zIndex: 1002 } as const;

/** What stands around every page; and the sign-in instead of it for who is not signed in. */
export function Frame({ url }: { readonly url: string }) {
  const { session, signOut } = useSessions();
  const [theme, setTheme] = useTheme();
  const [isOpen, setIsOpen] = useState(() => !isNarrow());
  const { pathname } = useLocation();
  const follow = useFollow();
  const root = useRoot();
  const active = PAGES.find(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
  const content = useStartingPoint();
  // Until the page itself says more, and where it is not shown.
  useLayoutEffect(() => nameTab(active?.text ?? 'Dashboard'), [active]);
  const projectName = session?.project.display_name || session?.project.name || '';
  const sections = Map.groupBy(PAGES, ({ section }) => section);

  return (
    <>
      <div id="top" style={STICKY}>
        <TopNavigation
          identity={{ href: `${root}/`, title: 'Portcullis', onFollow: follow }}
          utilities={[
            { type: 'button', text: 'API reference', href: `${url}/docs`, external: true },
            {
              type: 'menu-dropdown',
              iconName: 'settings',
              ariaLabel: 'Appearance',
              title: 'Appearance',
              items: THEMES.map((id) => ({
                id,
                itemType: 'checkbox' as const,
                text: THEME_NAMES[id],
                checked: id === theme,
              })),
              onItemClick: ({ detail }) => setTheme(THEMES.find((id) => id === detail.id) ?? 'system'),
            },
            ...(session === undefined
              ? []
              : [
                  {
                    type: 'menu-dropdown' as const,
                    iconName: 'user-profile' as const,
                    text: projectName,
                    description: `${session.apiKey.name} (${session.apiKey.key})`,
                    items: [{ id: 'sign-out', text: 'Sign out' }],
                    onItemClick: () => leaveAsked(() => signOut('signed-out')),
                  },
                ]),
          ]}
        />
      </div>
      <AppLayoutToolbar
        headerSelector="#top"
        toolsHide
        stickyNotifications
        navigationHide={session === undefined}
        navigationOpen={session !== undefined && isOpen}
        onNavigationChange={({ detail }) => setIsOpen(detail.open)}
        navigation={
          <SideNavigation
            header={{ text: projectName, href: `${root}/` }}
            activeHref={active && root + active.to}
            onFollow={follow}
            items={[...sections].map(([text, pages]) => ({
              type: 'section-group',
              title: text,
              items: pages.map((page) => ({ type: 'link', text: page.text, href: root + page.to })),
            }))}
          />
        }
        notifications={<ShownMessages />}
        content={<div ref={content}>{session === undefined ? <SignIn /> : <Outlet />}</div>}
      />
    </>
  );
}
