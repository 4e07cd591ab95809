import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { Schemas } from '../../client/index.ts';
import { usePortcullis } from '../api/session.tsx';
import { ConfirmByName } from '../parts/confirm-by-name.tsx';
import { useIsGone } from '../parts/sending.ts';
import { useShowMessage } from '../shell/messages.tsx';

/** Takes a server from behind the gate, once its name is given. */
export function DeleteServer({
  server: { id, name },
  onClose,
}: {
  readonly server: Schemas['McpServer'];
  readonly onClose: () => void;
}) {
  const portcullis = usePortcullis();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isGone = useIsGone();
  const showMessage = useShowMessage();
  const deleting = useMutation({
    mutationFn: () => portcullis.deleteMcpServer({ path: { id } }),
    onSuccess: () => {
      showMessage({
        type: 'success',
        header: (
          <>
            <bdi>{name}</bdi> was deleted
          </>
        ),
      });
      if (!isGone()) navigate('/servers');
      // Its page is left, and must not ask for it again.
      queries.invalidateQueries({ queryKey: ['getMcpServer'], refetchType: 'none' });
      return queries.invalidateQueries({ queryKey: ['listMcpServers'] });
    },
  });
  return (
    <ConfirmByName
      title={
        <>
          Delete <bdi>{name}</bdi>
        </>
      }
      name={name}
      action="Delete"
      error={deleting.error}
      onConfirm={deleting.mutateAsync}
      onCancel={onClose}
    >
      Every client that uses it is answered 404 from then on. Its MCP URL does not come back. The server
      itself is not touched.
    </ConfirmByName>
  );
}
