import { Navigate, useNavigation } from 'react-router';
import { Loading } from './loading.tsx';

/** Instead of a form that is done: leads on, but nobody who has left it meanwhile. @param to the page of what came of it */
export const LedOn = ({ to }: { readonly to: string }) =>
  useNavigation().state === 'idle' ? <Navigate to={to} replace /> : <Loading />;
