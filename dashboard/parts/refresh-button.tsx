import Button from '@cloudscape-design/components/button';
import LiveRegion from '@cloudscape-design/components/live-region';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { OperationId } from '../../client/index.ts';

/** Asks anew for what a page shows. @param operations whose answers it shows */
export function RefreshButton({ operations }: { readonly operations: readonly OperationId[] }) {
  const queries = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const [isDone, setIsDone] = useState(false);
  const refresh = async () => {
    setIsBusy(true);
    setIsDone(false);
    await Promise.all(operations.map((id) => queries.invalidateQueries({ queryKey: [id] })));
    const asked = operations.flatMap((id) =>
      queries.getQueryCache().findAll({ queryKey: [id], type: 'active' }),
    );
    setIsDone(asked.every(({ state }) => state.status === 'success'));
    setIsBusy(false);
  };
  return (
    <>
      <Button
        formAction="none"
        iconName="refresh"
        ariaLabel="Refresh"
        loading={isBusy}
        loadingText="Refreshing"
        onClick={() => void refresh()}
      />
      <LiveRegion hidden>{isDone && 'Refreshed'}</LiveRegion>
    </>
  );
}
