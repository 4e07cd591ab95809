import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { ExportFormat } from '../../client/index.ts';
import { usePortcullis } from '../api/session.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import type { ListQuery, LongList } from './rows.ts';

const FORMATS: Readonly<Record<ExportFormat, { readonly text: string; readonly type: string }>> = {
  csv: { text: 'CSV', type: 'text/csv' },
  jsonl: { text: 'JSON lines', type: 'application/x-ndjson' },
};

/** Saves all of a list as a file, as it is filtered. @param name of the file, without its ending */
export function ExportButton<Id extends LongList>({
  name,
  operation,
  query,
  disabled,
}: {
  readonly name: string;
  readonly operation: Id;
  readonly query: ListQuery<Id>;
  readonly disabled: boolean;
}) {
  const portcullis = usePortcullis();
  const show = useShowMessage();
  const leaving = useRef<AbortController>(undefined);
  useEffect(() => () => leaving.current?.abort(), []);

  const { mutate, isPending } = useMutation({
    mutationFn: async (format: ExportFormat) => {
      leaving.current = new AbortController();
      const text: string[] = [];
      const { signal } = leaving.current;
      const pieces = portcullis.export<LongList>(operation, format, { query, signal });
      for await (const piece of pieces) text.push(piece);
      save(`${name}.${format}`, new Blob(text, { type: FORMATS[format].type }));
    },
    onError: (error) => {
      if (leaving.current?.signal.aborted) return;
      show({ type: 'error', header: 'The export failed', content: error.message });
    },
  });

  return (
    <ButtonDropdown
      items={[
        { id: 'csv', text: FORMATS.csv.text },
        { id: 'jsonl', text: FORMATS.jsonl.text },
      ]}
      loading={isPending}
      loadingText="Exporting"
      disabled={disabled}
      expandToViewport
      onItemClick={({ detail }) => mutate(detail.id === 'csv' ? 'csv' : 'jsonl')}
    >
      Export
    </ButtonDropdown>
  );
}

/** The file is made here: an address to download from would have the key in it. */
function save(name: string, file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
