import { useCallback, useEffect, useRef, useState, type PointerEvent, type RefObject } from 'react';

export interface Drag {
  readonly id: string;
  /** The gap it would fall into: 0 is before the first row. */
  readonly gap: number;
}

/** So near an edge of the scrolling area, in CSS pixels, the list comes to meet the hand. */
const edge = 48;
/** From its inner border to its outer one. */
const edgeRowsPerSecond = { slowest: 8, fastest: 60 };

/** How far to scroll in `ms` for a pointer at `y`; negative is up. */
export function edgeScroll(
  y: number,
  box: { readonly top: number; readonly bottom: number },
  rowHeight: number,
  ms: number,
): number {
  const into = (distance: number) => Math.min(Math.max(distance / edge, 0), 1);
  const [up, down] = [into(box.top + edge - y), into(y - (box.bottom - edge))];
  const { slowest, fastest } = edgeRowsPerSecond;
  const rows = (depth: number) => (depth === 0 ? 0 : slowest + depth * (fastest - slowest));
  return ((rows(down) - rows(up)) * rowHeight * ms) / 1000;
}

/** Dragging rows by their handles, with mouse, pen or finger. */
export function useRowDrag(
  list: RefObject<HTMLElement | null>,
  rowHeight: number,
  count: number,
  onDrop: (id: string, gap: number) => void,
) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const latest = useRef({ rowHeight, count, onDrop });
  useEffect(() => {
    latest.current = { rowHeight, count, onDrop };
  });

  const onHandleDown = useCallback(
    (event: PointerEvent<HTMLElement>, id: string) => {
      if (event.button !== 0) return;
      event.preventDefault();
      const handle = event.currentTarget;
      handle.setPointerCapture(event.pointerId);
      handle.focus({ preventScroll: true });
      const scroller = handle.closest('[data-scroller]');
      let pointerY = event.clientY;
      let dragged: Drag | null = null;
      let frame = 0;

      const follow = () => {
        const { rowHeight, count } = latest.current;
        const top = list.current?.getBoundingClientRect().top ?? 0;
        const gap = Math.min(Math.max(Math.round((pointerY - top) / rowHeight), 0), count);
        if (dragged?.gap === gap) return;
        dragged = { id, gap };
        setDrag(dragged);
      };
      let before = performance.now();
      const scrollAtEdge = (now: number) => {
        // A picture that comes late is not made up for by a jump.
        const ms = Math.min(Math.max(now - before, 0), 50);
        before = now;
        if (dragged && scroller) {
          const by = edgeScroll(pointerY, scroller.getBoundingClientRect(), latest.current.rowHeight, ms);
          if (by !== 0) scroller.scrollBy(0, by);
          follow();
        }
        frame = requestAnimationFrame(scrollAtEdge);
      };
      const move = (moved: globalThis.PointerEvent) => {
        pointerY = moved.clientY;
        follow();
      };
      const end = (ended: globalThis.PointerEvent) => {
        cancelAnimationFrame(frame);
        handle.removeEventListener('pointermove', move);
        handle.removeEventListener('pointerup', end);
        handle.removeEventListener('pointercancel', end);
        setDrag(null);
        if (dragged && ended.type === 'pointerup') latest.current.onDrop(dragged.id, dragged.gap);
      };
      handle.addEventListener('pointermove', move);
      handle.addEventListener('pointerup', end);
      handle.addEventListener('pointercancel', end);
      frame = requestAnimationFrame(scrollAtEdge);
    },
    [list],
  );

  return { drag, onHandleDown };
}
