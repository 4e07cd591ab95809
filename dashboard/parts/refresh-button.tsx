import Button from '@cloudscape-design/components/button';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

/** Asks anew for what a page shows. @param operations whose answers it shows */
export function RefreshButton({ operations }: { readonly operations: readonly string[] }) {
  const queries = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const refresh = async () => {
    setIsBusy(true);
    await Promise.all(operations.map((id) => queries.invalidateQueries({ queryKey: [id] })));
    setIsBusy(false);
  };
  return <Button iconName="refresh" ariaLabel="Refresh" loading={isBusy} onClick={() => void refresh()} />;
}
