import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { useEffect, useState } from 'react';
import { storageOf } from '../api/storage.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const storage = storageOf('localStorage');
const STORED_AS = 'portcullis theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme {
  const value = storage.getItem(STORED_AS);
  return THEMES.find((theme) => theme === value) ?? 'system';
}

const apply = (theme: Theme) =>
  applyMode(theme === 'dark' || (theme === 'system' && dark.matches) ? Mode.Dark : Mode.Light);

/** Before anything is drawn. */
export const applyStoredTheme = (): void => apply(stored());

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(stored);
  useEffect(() => {
    storage.setItem(STORED_AS, theme);
    const follow = () => apply(theme);
    follow();
    dark.addEventListener('change', follow);
    return () => dark.removeEventListener('change', follow);
  }, [theme]);
  return [theme, setTheme];
}
