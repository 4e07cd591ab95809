import { AllOrChosen } from '../parts/all-or-chosen.tsx';
import { ToolNames } from '../parts/tool-names.tsx';
import { ChosenField } from './chosen-field.tsx';
import { useKnownTools } from './known-tools.ts';
import type { Power } from './power.ts';

/** Which tools a key may call. */
export function ToolField({
  value,
  onChange,
  serverIds,
  own,
  problem,
}: {
  readonly value: string[] | null;
  readonly onChange: (value: string[] | null) => void;
  /** The servers that the key is held to; `null`: none. */
  readonly serverIds: readonly string[] | null;
  readonly own: Power;
  readonly problem: string | undefined;
}) {
  const known = useKnownTools(serverIds);
  const allowed = own.allowed_tools;
  const options = [...new Set([...(allowed ?? []), ...(value ?? [])])].map((name) => ({
    value: name,
    label: name,
  }));
  return (
    <AllOrChosen
      label="Tools"
      what="tools"
      description="Which tools of those servers the key may call."
      value={value}
      onChange={onChange}
      whyNotAll={
        allowed === null ? undefined : 'Your own key is held to some tools, so a key that it makes is too.'
      }
    >
      {allowed === null ? (
        <ToolNames value={value ?? []} onChange={onChange} suggested={known} problem={problem} />
      ) : (
        <ChosenField what="tools" options={options} value={value} onChange={onChange} problem={problem} />
      )}
    </AllOrChosen>
  );
}
