import { useMutation } from '@tanstack/react-query';
import type { Schemas } from '../../client/index.ts';
import { usePortcullis } from '../api/session.tsx';
import { ConfirmByName } from '../parts/confirm-by-name.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import { PageLink } from '../shell/navigation.tsx';
import { useServersChanged } from './servers-changed.ts';

/** Gives a server a new MCP URL, once its name is given: for when the old one has got about. */
export function ReplaceUrl({
  server: { id, name },
  onClose,
}: {
  readonly server: Schemas['McpServer'];
  readonly onClose: () => void;
}) {
  const portcullis = usePortcullis();
  const serversChanged = useServersChanged();
  const showMessage = useShowMessage();
  const replacing = useMutation({
    mutationFn: () => portcullis.rotateMcpServerUrl({ path: { id } }),
    onSuccess: async () => {
      await serversChanged();
      onClose();
      showMessage({
        type: 'success',
        header: (
          <>
            <bdi>{name}</bdi> has a new MCP URL
          </>
        ),
        content: (
          <>
            The old one is answered 404. Give its clients the new one:{' '}
            <PageLink to={`/servers/${id}/connect`}>Connect a client</PageLink>.
          </>
        ),
      });
    },
  });
  return (
    <ConfirmByName
      title={
        <>
          Replace the MCP URL of <bdi>{name}</bdi>
        </>
      }
      name={name}
      action="Replace"
      error={replacing.error}
      onConfirm={replacing.mutateAsync}
      onCancel={onClose}
    >
      The old URL is answered 404 at once: every client that uses it needs the new one. Keys, limits and
      headers stay as they are.
    </ConfirmByName>
  );
}
