import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { usePortcullis, useSessions } from '../api/session.tsx';
import { ConfirmByName } from '../parts/confirm-by-name.tsx';
import { useIsGone } from '../parts/sending.ts';
import { useShowMessage } from '../shell/messages.tsx';
import type { Key } from './key.ts';

/** Ends a key for good, once its name has been typed. */
export function Revocation({
  of: key,
  isOwn,
  onEnd,
}: {
  readonly of: Key;
  readonly isOwn: boolean;
  readonly onEnd: () => void;
}) {
  const portcullis = usePortcullis();
  const { signOut } = useSessions();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isGone = useIsGone();
  const show = useShowMessage();
  const revocation = useMutation({
    mutationFn: () => portcullis.revokeApiKey({ path: { id: key.id } }),
    onSuccess: async () => {
      if (isOwn && !isGone()) return signOut('key-ended');
      show({
        type: 'success',
        header: (
          <>
            The key <bdi>{key.name}</bdi> is revoked
          </>
        ),
        content: 'It is refused from now on.',
      });
      if (!isGone()) await navigate('/keys');
      queries.invalidateQueries({ queryKey: ['listApiKeys'] });
      queries.invalidateQueries({ queryKey: ['getApiKey'] });
    },
  });
  return (
    <ConfirmByName
      title={
        <>
          Revoke the key <bdi>{key.name}</bdi>
        </>
      }
      name={key.name}
      action="Revoke"
      error={revocation.error}
      onConfirm={revocation.mutateAsync}
      onCancel={onEnd}
    >
      <SpaceBetween size="s">
        <div>Whoever uses it is refused at once, with each of its secrets. That cannot be undone.</div>
        {isOwn && <Alert type="warning">You are signed in with this key: you will be signed out.</Alert>}
      </SpaceBetween>
    </ConfirmByName>
  );
}
