/** Versions as people speak of them. */
import type { Version } from '@/righttask/versions';
import { describeDue, isoDay } from '@/ui/due';

export function versionTime(version: Version): string {
  const date = new Date(version.at);
  return Number.isNaN(date.getTime())
    ? 'at an unknown time'
    : date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

export function versionDay(version: Version, today: Date): string {
  const date = new Date(version.at);
  return Number.isNaN(date.getTime()) ? 'Some day' : describeDue(isoDay(date), today);
}

/** The name it was given, or when it was. */
export function versionTitle(version: Version, today: Date): string {
  return version.name || `${versionDay(version, today)}, ${versionTime(version)}`;
}

export interface VersionDay {
  readonly day: string;
  readonly versions: readonly Version[];
}

/** Neighbours of one day together, in the order they come. */
export function byDay(versions: readonly Version[], today: Date): readonly VersionDay[] {
  const days: { day: string; versions: Version[] }[] = [];
  for (const version of versions) {
    const day = versionDay(version, today);
    const last = days[days.length - 1];
    if (last?.day === day) last.versions.push(version);
    else days.push({ day, versions: [version] });
  }
  return days;
}
