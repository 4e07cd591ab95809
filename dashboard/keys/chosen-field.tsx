import FormField from '@cloudscape-design/components/form-field';
import Multiselect from '@cloudscape-design/components/multiselect';

/** Members of a list that there are no others of. @param what they are, in the plural: "servers" */
export const ChosenField = ({
  what,
  options,
  value,
  onChange,
  problem,
}: {
  readonly what: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly value: readonly string[] | null;
  readonly onChange: (value: string[]) => void;
  readonly problem: string | undefined;
}) => (
  <FormField label={`Chosen ${what}`} errorText={problem}>
    <Multiselect
      placeholder={`Choose ${what}`}
      filteringType="auto"
      options={options}
      selectedOptions={options.filter((option) => value?.includes(option.value))}
      onChange={({ detail }) => onChange(detail.selectedOptions.map((option) => option.value ?? ''))}
      noMatch={`No ${what} match`}
    />
  </FormField>
);
