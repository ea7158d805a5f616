/** The versions of a room as server data: what is asked, and what must be asked anew after a change. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { VersionsApi } from '@/righttask/versions';
import { useRooms } from './righttask_provider';

/** New versions come by themselves; a list that is looked at shows them after so long. */
const refreshMs = 30_000;

export function versionListQuery(api: VersionsApi) {
  return infiniteQueryOptions({
    queryKey: ['versions', api.room],
    queryFn: ({ pageParam, signal }) => api.list(pageParam, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.continueBefore,
    select: ({ pages }) => pages.flatMap((page) => page.versions),
    refetchInterval: refreshMs,
  });
}

export function versionQuery(api: VersionsApi, id: number) {
  return queryOptions({
    queryKey: ['version', api.room, id],
    queryFn: ({ signal }) => api.show(id, signal),
    // A version never changes, but for its name.
    staleTime: Infinity,
  });
}

export function useVersionsApi(room: string): VersionsApi {
  const rooms = useRooms();
  return useMemo(() => rooms.versions(room), [rooms, room]);
}

/** Something that changes the list of versions, which is then asked for anew. */
export function useVersionChange<Input>(api: VersionsApi, change: (input: Input) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    networkMode: 'always',
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['versions', api.room] }),
        queries.invalidateQueries({ queryKey: ['version', api.room] }),
      ]),
  });
}
