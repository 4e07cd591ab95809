import { useState } from 'react';
import type { ReadKey } from './read-key.tsx';
import { RotatedKey } from './rotated-key.tsx';
import { RotationForm } from './rotation-form.tsx';

/** Gives a key a new secret, and shows it this once. */
export function Rotation({
  read,
  isOwn,
  onEnd,
}: {
  readonly read: ReadKey;
  readonly isOwn: boolean;
  readonly onEnd: () => void;
}) {
  const [rotated, setRotated] = useState<{ secret: string; overlapSeconds: number }>();
  return rotated === undefined ? (
    <RotationForm read={read} isOwn={isOwn} onRotated={setRotated} onCancel={onEnd} />
  ) : (
    <RotatedKey {...rotated} name={read.key.name} isOwn={isOwn} onEnd={onEnd} />
  );
}
