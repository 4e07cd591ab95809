import Alert, { type AlertProps } from '@cloudscape-design/components/alert';
import { useEffect, useId, useRef } from 'react';
import { leadTo } from './lead-to.ts';

/** What came of an act, in the place of what it was done with: whoever did it is led to it. */
export function News({ header, children, type }: Pick<AlertProps, 'header' | 'children' | 'type'>) {
  const place = useRef<HTMLDivElement>(null);
  const id = useId();
  // After a dialog around it, which takes the focus first.
  useEffect(() => queueMicrotask(() => leadTo(place.current)), []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is no group of fields
    <div ref={place} role="group" aria-labelledby={id} tabIndex={-1}>
      <Alert type={type} header={<span id={id}>{header}</span>}>
        {children}
      </Alert>
    </div>
  );
}
