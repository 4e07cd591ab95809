import AttributeEditor, { type AttributeEditorProps } from '@cloudscape-design/components/attribute-editor';
import Input from '@cloudscape-design/components/input';
import { useRef } from 'react';
import { flushSync } from 'react-dom';
import type { Problems } from '../parts/field-problem.ts';
import type { HeaderRow } from './server-draft.ts';
import { headerField, headerValueField } from './server-problems.ts';

const MAX_HEADERS = 20;

/** The headers that the gateway is to add to every call. Their values are secrets, and typed as such. */
export function HeaderEditor({
  rows,
  problems,
  onChange,
}: {
  readonly rows: readonly HeaderRow[];
  readonly problems: Problems;
  readonly onChange: (rows: readonly HeaderRow[]) => void;
}) {
  const editor = useRef<AttributeEditorProps.Ref>(null);
  /** The focus goes to the next row, as the removed one had it. */
  const remove = (index: number) => {
    const left = rows.toSpliced(index, 1);
    flushSync(() => onChange(left));
    if (left.length === 0) editor.current?.focusAddButton();
    else editor.current?.focusRemoveButton(Math.min(index, left.length - 1));
  };
  const replace = (index: number, row: HeaderRow) => onChange(rows.with(index, row));
  return (
    <AttributeEditor
      ref={editor}
      items={rows}
      empty="The gateway adds no headers to the calls."
      addButtonText="Add header"
      removeButtonText="Remove"
      removeButtonAriaLabel={({ name }) => `Remove the header ${name}`}
      disableAddButton={rows.length >= MAX_HEADERS}
      additionalInfo={problems.get('upstream.headers')}
      onAddButtonClick={() => onChange([...rows, { name: '', value: '' }])}
      onRemoveButtonClick={({ detail }) => remove(detail.itemIndex)}
      definition={[
        {
          label: 'Header name',
          control: (row: HeaderRow, index: number) => (
            <Input
              value={row.name}
              placeholder="authorization"
              autoComplete={false}
              spellcheck={false}
              onChange={({ detail }) => replace(index, { ...row, name: detail.value })}
            />
          ),
          errorText: ({ name }: HeaderRow) => problems.get(headerField(name)),
        },
        {
          label: 'Value',
          control: (row: HeaderRow, index: number) => (
            <Input
              type="password"
              value={row.value}
              autoComplete={false}
              spellcheck={false}
              onChange={({ detail }) => replace(index, { ...row, value: detail.value })}
            />
          ),
          errorText: ({ name }: HeaderRow) => problems.get(headerValueField(name)),
        },
      ]}
    />
  );
}
