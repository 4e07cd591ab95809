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
import '../parts/targets.css';
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

/** One bar of the chart: a day, or the days from that one on. */
interface Bar {
  readonly day: string;
  readonly outcomes: Readonly<Record<Outcome, number>>;
}

function Days({ usage }: { readonly usage: Schemas['Usage'] }) {
  const { bars, unit } = barsOf(usage);
  const total = (outcome: Outcome) => bars.reduce((sum, { outcomes }) => sum + outcomes[outcome], 0);
  const found = OUTCOMES.filter((outcome) => total(outcome) > 0);
  return (
    <div className="targets">
      <SpaceBetween size="l">
        <Totals total={total} />
        <BarChart
          stackedBars
          series={found.map((outcome) => ({
            type: 'bar',
            title: OUTCOME_WORDS[outcome],
            color: OUTCOME_COLOURS[outcome],
            valueFormatter: countText,
            data: bars.map(({ day, outcomes }) => ({ x: day, y: outcomes[outcome] })),
          }))}
          xScaleType="categorical"
          xDomain={bars.map(({ day }) => day)}
          xTitle={unit}
          yTitle="Requests"
          ariaLabel="Requests over time by outcome"
          height={220}
          hideFilter
          i18nStrings={{ xTickFormatter: dayText, yTickFormatter: shortCountText }}
          empty={<NoRequests />}
        />
        {found.length > 0 && (
          <ExpandableSection headerText="The same as a table">
            <Table
              items={bars}
              trackBy="day"
              variant="embedded"
              wrapLines
              ariaLabels={{ tableLabel: 'Requests over time by outcome' }}
              columnDefinitions={[
                { id: 'day', header: unit, isRowHeader: true, cell: ({ day }) => dayText(day) },
                ...found.map((outcome) => ({
                  id: outcome,
                  header: OUTCOME_WORDS[outcome],
                  cell: ({ outcomes }: Bar) => countText(outcomes[outcome]),
                })),
              ]}
            />
          </ExpandableSection>
        )}
      </SpaceBetween>
    </div>
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

/** So many bars can be told apart, and pointed at. */
const MAX_BARS = 92;

/** A day without requests is one too; of many days each bar has a week. */
function barsOf({ items, from, to }: Schemas['Usage']): { readonly bars: Bar[]; readonly unit: string } {
  const counted = new Map(items.map(({ day, outcomes }) => [day, outcomes]));
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const days = (end - start) / DAY_MS > MAX_BARS ? 7 : 1;
  const dayAt = (time: number) => new Date(time).toISOString().slice(0, 10);
  const bars: Bar[] = [];
  for (let time = start; time < end; time += days * DAY_MS) {
    const outcomes = { ...NONE };
    for (let n = 0; n < days; n++) {
      const found = counted.get(dayAt(time + n * DAY_MS)) ?? NONE;
      for (const outcome of OUTCOMES) outcomes[outcome] += found[outcome];
    }
    bars.push({ day: dayAt(time), outcomes });
  }
  return { bars, unit: days === 1 ? 'Day (UTC)' : 'Week from (UTC)' };
}

const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const dayText = (day: string): string => DAY.format(new Date(day));
