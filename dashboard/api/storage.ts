type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * What the browser keeps for this origin; where it keeps nothing, because somebody has told it to or it is full, this page keeps it
 * in memory as long as it is open.
 */
export function storageOf(area: 'sessionStorage' | 'localStorage'): Kept {
  try {
    const storage = window[area];
    storage.setItem(PROBE, '');
    storage.removeItem(PROBE);
    return storage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: (name) => void kept.delete(name),
    };
  }
}

const PROBE = 'portcullis probe';
