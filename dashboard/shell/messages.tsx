import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';

interface Message {
  readonly type: 'success' | 'error' | 'warning' | 'info';
  readonly header: ReactNode;
  readonly content?: ReactNode;
}

interface Messages {
  readonly items: readonly FlashbarProps.MessageDefinition[];
  show(message: Message): void;
}

const Context = createContext<Messages | undefined>(undefined);

/** What has been done, told above whatever page is looked at until it is dismissed. */
export function MessagesProvider({ children }: { readonly children: ReactNode }) {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const show = useCallback((message: Message) => {
    const id = crypto.randomUUID();
    const onDismiss = () => setItems((shown) => shown.filter((item) => item.id !== id));
    const item: FlashbarProps.MessageDefinition = {
      ...message,
      id,
      // It is said. As an alert it would take the focus too, and it may come late, to somebody who is typing.
      ariaRole: 'status',
      dismissible: true,
      dismissLabel: 'Dismiss',
      onDismiss,
    };
    setItems((shown) => [item, ...shown].slice(0, MAX_MESSAGES));
  }, []);
  const value = useMemo(() => ({ items, show }), [items, show]);
  return <Context value={value}>{children}</Context>;
}

const MAX_MESSAGES = 5;

function useMessages(): Messages {
  const messages = useContext(Context);
  if (messages === undefined) throw new Error('There is no MessagesProvider above');
  return messages;
}

export const useShowMessage = (): Messages['show'] => useMessages().show;

export const ShownMessages = () => <Flashbar items={useMessages().items} stackItems />;
