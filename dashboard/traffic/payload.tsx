import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAnswer } from '../api/answers.ts';
import { useMay } from '../api/session.tsx';
import { CodeBlock } from '../parts/code-block.tsx';
import { PageLink } from '../shell/navigation.tsx';
import type { LogRow } from './followed-log.ts';

/** What was asked and answered; or why it is not there. */
export function Payload({ row: { data, outcome } }: { readonly row: LogRow }) {
  return (
    <Container
      header={
        <Header variant="h2" description="Secrets are masked, and what is long is cut">
          Arguments and result
        </Header>
      }
    >
      {data === undefined ? (
        <WhyHidden isRefused={outcome === 'refused'} />
      ) : (
        <SpaceBetween size="l">
          {data.arguments !== undefined && <Json label="Arguments" value={data.arguments} />}
          {data.result !== undefined && <Json label="Result" value={data.result} />}
        </SpaceBetween>
      )}
    </Container>
  );
}

/** A value from outside: text alone. */
const Json = ({ label, value }: { readonly label: string; readonly value: unknown }) => (
  <div>
    <Box variant="awsui-key-label">{label}</Box>
    <CodeBlock label={label} text={JSON.stringify(value, null, 2)} />
  </div>
);

function WhyHidden({ isRefused }: { readonly isRefused: boolean }) {
  const mayRead = useMay('config:read');
  const config = useAnswer('getProjectConfig', {}, { enabled: mayRead });
  if (isRefused)
    return <Box>A request is refused before its body is looked at: nothing of it is stored.</Box>;
  if (config.data?.data.log_visibility_setting === 'dont_store_data') {
    return (
      <Box>
        The project stores no arguments and results, and shows none that it stored before: see log visibility
        in <PageLink to="/settings/security">its settings</PageLink>.
      </Box>
    );
  }
  return (
    <Box>
      There are none: the request had none, or it came while the project stored no arguments and results (log
      visibility in its settings).
    </Box>
  );
}
