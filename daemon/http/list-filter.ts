import { z } from 'zod';
import { SwarmdError } from '../../config/errors.ts';
import { type ActionFilter, type ActionStatus, actionStatuses } from '../../memory/types/actions.ts';
import { sinceTime } from './query.ts';

export const listQuery = z.strictObject({
  status: z.string().optional(),
  type: z.string().optional(),
  parent_id: z.string().optional(),
  root_id: z.string().optional(),
  since: z.string().optional(),
  tag: z.string().optional(),
  client: z.string().optional(),
  limit: z.coerce.number().int('a whole number').min(1, 'at least 1').max(1000, 'at most 1000').optional(),
});

type ListQuery = z.output<typeof listQuery>;

/** A client's list holds its own actions. Throws DENIED for another's name; `client` undefined: the owner asks. */
export function ofCaller(query: ListQuery, client: string | undefined): ListQuery {
  if (client === undefined) return query;
  if (query.client !== undefined && query.client !== client)
    throw new SwarmdError('DENIED', `client "${client}" sees its own actions only`, {
      where: 'client',
      allowed: client,
    });
  return { ...query, client };
}

/** Turns the query of a list into the memory's filter; shared with `swarmd list` where no daemon runs. */
export function listFilter(query: ListQuery, now: number): ActionFilter {
  const { status, since } = query;
  return {
    ...(status === undefined ? {} : { status: statuses(status) }),
    ...(query.type === undefined ? {} : { type: query.type }),
    ...(query.parent_id === undefined ? {} : { parentId: query.parent_id }),
    ...(query.root_id === undefined ? {} : { rootId: query.root_id }),
    ...(since === undefined ? {} : { since: sinceTime(since, now) }),
    ...(query.tag === undefined ? {} : { tag: query.tag }),
    ...(query.client === undefined ? {} : { client: query.client }),
    limit: query.limit ?? 50,
  };
}

function statuses(text: string): ActionStatus[] {
  return text.split(',').map((word) => {
    const status = actionStatuses.find((one) => one === word.trim());
    if (status !== undefined) return status;
    throw new SwarmdError('INPUT_INVALID', `status: ${JSON.stringify(word)}`, {
      where: 'status',
      allowed: actionStatuses.join(', '),
    });
  });
}
