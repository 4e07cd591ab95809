import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { NewSecret } from '../parts/new-secret.tsx';
import { overlapInWords } from './overlap.ts';

/** The new secret of a key, shown this once. */
export function RotatedKey({
  name,
  secret,
  overlapSeconds,
  isOwn,
  onEnd,
}: {
  readonly name: string;
  readonly secret: string;
  readonly overlapSeconds: number;
  readonly isOwn: boolean;
  readonly onEnd: () => void;
}) {
  const [isCopied, setIsCopied] = useState(false);
  return (
    <Modal
      visible
      size="large"
      header={
        <>
          The new secret of <bdi>{name}</bdi>
        </>
      }
      // What is not shown again is not taken away by a key or a click that was meant for something else.
      onDismiss={({ detail }) => isCopied && detail.reason !== 'overlay' && onEnd()}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onEnd}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <NewSecret
          secret={secret}
          header="The key was rotated"
          isKept={isCopied}
          onCopied={() => setIsCopied(true)}
        />
        <div>
          {overlapSeconds === 0
            ? 'The old secret is refused from now on.'
            : `The old secret works for ${overlapInWords(overlapSeconds)} more.`}
          {isOwn && ' You stay signed in, with the new one.'}
        </div>
      </SpaceBetween>
    </Modal>
  );
}
