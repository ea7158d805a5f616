import { useCallback, useRef, useState, type PointerEvent, type RefObject } from 'react';

export interface Drag {
  readonly id: string;
  /** The gap it would fall into: 0 is before the first row. */
  readonly gap: number;
}

const edge = 48;

/** Dragging rows by their handles, with mouse, pen or finger. */
export function useRowDrag(
  list: RefObject<HTMLElement | null>,
  rowHeight: number,
  count: number,
  onDrop: (id: string, gap: number) => void,
) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const current = useRef<Drag | null>(null);

  const onHandleDown = useCallback(
    (event: PointerEvent<HTMLElement>, id: string) => {
      if (event.button !== 0) return;
      event.preventDefault();
      const handle = event.currentTarget;
      handle.setPointerCapture(event.pointerId);
      handle.focus();
      const scroller = handle.closest('[data-scroller]');

      const update = (next: Drag | null) => {
        current.current = next;
        setDrag((before) => (before?.id === next?.id && before?.gap === next?.gap ? before : next));
      };
      const move = (moved: globalThis.PointerEvent) => {
        const top = list.current?.getBoundingClientRect().top ?? 0;
        const gap = Math.round((moved.clientY - top) / rowHeight);
        update({ id, gap: Math.min(Math.max(gap, 0), count) });
        const box = scroller?.getBoundingClientRect();
        if (box && moved.clientY < box.top + edge) scroller?.scrollBy(0, -rowHeight / 3);
        if (box && moved.clientY > box.bottom - edge) scroller?.scrollBy(0, rowHeight / 3);
      };
      const end = (ended: globalThis.PointerEvent) => {
        handle.removeEventListener('pointermove', move);
        handle.removeEventListener('pointerup', end);
        handle.removeEventListener('pointercancel', end);
        const dropped = current.current;
        update(null);
        if (dropped && ended.type === 'pointerup') onDrop(dropped.id, dropped.gap);
      };
      handle.addEventListener('pointermove', move);
      handle.addEventListener('pointerup', end);
      handle.addEventListener('pointercancel', end);
    },
    [list, rowHeight, count, onDrop],
  );

  return { drag, onHandleDown };
}
