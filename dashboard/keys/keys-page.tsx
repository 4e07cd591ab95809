import { NeedsScope } from '../parts/needs-scope.tsx';
import { KeyTable } from './key-table.tsx';

/** The API keys of the project. */
export const Component = () => (
  <NeedsScope scope="keys:manage" to="see the API keys">
    <KeyTable />
  </NeedsScope>
);
