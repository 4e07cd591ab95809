import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { Schemas } from '../../client/index.ts';
import { useAnswer } from '../api/answers.ts';
import { useAddress } from '../parts/address.ts';
import { Loaded } from '../parts/loaded.tsx';
import { DAY_MS } from '../parts/moment.tsx';
import type { TimeRange } from '../parts/time-range.tsx';
import { OUTCOME_WORDS, type Outcome } from '../parts/words.ts';
import { PageLink } from '../shell/navigation.tsx';
import { linkToLog } from './log-anchor.tsx';
import { NoRequests } from './no-requests.tsx';
import { countText, shortCountText } from './numbers.ts';
import { OUTCOME_COLOURS, OUTCOMES } from './outcome.tsx';

/** What became of the requests of each day. */
export function UsageOverTime({ range }: { readonly range: TimeRange }) {
  const usage = useAnswer('getUsage', { query: { group_by: 'day', ...range } });
  return (
    <Container
      header={
        <Header variant="h2" description="By whole days in UTC">
          Requests over time
        </Header>
      }
    >
      <Loaded what="usage" answer={usage}>
        {({ data }) => <Days usage={data} />}
      </Loaded>
    </Container>
  );
}

interface Day {
  readonly day: string;
  readonly outcomes: Readonly<Record<Outcome, number>>;
}

function Days({ usage }: { readonly usage: Schemas['Usage'] }) {
  const days = everyDay(usage);
  const total = (outcome: Outcome) => days.reduce((sum, { outcomes }) => sum + outcomes[outcome], 0);
  const found = OUTCOMES.filter((outcome) => total(outcome) > 0);
  return (
    <SpaceBetween size="l">
      <Totals total={total} />
      <BarChart
        stackedBars
        series={found.map((outcome) => ({
          type: 'bar',
          title: OUTCOME_WORDS[outcome],
          color: OUTCOME_COLOURS[outcome],
          valueFormatter: countText,
          data: days.map(({ day, outcomes }) => ({ x: day, y: outcomes[outcome] })),
        }))}
        xScaleType="categorical"
        xDomain={days.map(({ day }) => day)}
        xTitle="Day (UTC)"
        yTitle="Requests"
        ariaLabel="Requests of each day by outcome"
        height={220}
        hideFilter
        i18nStrings={{ xTickFormatter: dayText, yTickFormatter: shortCountText }}
        empty={<NoRequests />}
      />
      {found.length > 0 && (
        <ExpandableSection headerText="The same as a table">
          <Table
            items={days}
            trackBy="day"
            variant="embedded"
            wrapLines
            ariaLabels={{ tableLabel: 'Requests of each day by outcome' }}
            columnDefinitions={[
              { id: 'day', header: 'Day (UTC)', isRowHeader: true, cell: ({ day }) => dayText(day) },
              ...found.map((outcome) => ({
                id: outcome,
                header: OUTCOME_WORDS[outcome],
                cell: ({ outcomes }: Day) => countText(outcomes[outcome]),
              })),
            ]}
          />
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

/** How many there were of each outcome; each leads to them in the log. */
function Totals({ total }: { readonly total: (outcome: Outcome) => number }) {
  const [address] = useAddress();
  return (
    <SpaceBetween direction="horizontal" size="xxl">
      {OUTCOMES.map((outcome) => (
        <div key={outcome}>
          <Box variant="awsui-key-label">{OUTCOME_WORDS[outcome]}</Box>
          <PageLink
            to={linkToLog(address, { outcome })}
            fontSize="heading-xl"
            ariaLabel={`${OUTCOME_WORDS[outcome]}: ${countText(total(outcome))}, show them in the log`}
          >
            {countText(total(outcome))}
          </PageLink>
        </div>
      ))}
    </SpaceBetween>
  );
}

const NONE = {
  allowed: 0,
  refused: 0,
  would_be_refused: 0,
  rejected: 0,
  upstream_error: 0,
  gateway_error: 0,
};

/** A day without requests is one too. */
function everyDay({ items, from, to }: Schemas['Usage']): Day[] {
  const counted = new Map(items.map(({ day, outcomes }) => [day, outcomes]));
  const days: Day[] = [];
  for (let time = Date.parse(from); time < Date.parse(to); time += DAY_MS) {
    const day = new Date(time).toISOString().slice(0, 10);
    days.push({ day, outcomes: counted.get(day) ?? NONE });
  }
  return days;
}

const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const dayText = (day: string): string => DAY.format(new Date(day));
