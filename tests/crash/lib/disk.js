// Where a server keeps its rooms: a folder, or a small disk that can be filled and emptied under it.

import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class PlainDisk {
  wrap = [] // what starts the server

  constructor() {
    this.parent = mkdtempSync(join(tmpdir(), 'righttask-crash-'))
    this.folder = join(this.parent, 'data')
  }

  remove() {
    rmSync(this.parent, { recursive: true })
  }
}

class SmallDisk {
  what = 'a small tmpfs'
  state = 'full' // what the store says of it (STO-18)
  wrap = []

  /** A tmpfs of this size, which needs the right to mount; null without it. */
  static mount(megabytes) {
    const folder = mkdtempSync(join(tmpdir(), 'righttask-disk-'))
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'righttask', folder], { stdio: 'ignore' })
    if (status === 0) return new SmallDisk(folder)
    rmSync(folder, { recursive: true })
    return null
  }

  constructor(mounted) {
    this.mounted = mounted
    this.folder = join(mounted, 'data')
    this.filler = join(mounted, 'filler')
  }

  /** Takes every byte that is left. */
  fill() {
    const file = openSync(this.filler, 'a')
    try {
      for (let size = 1 << 20; size >= 1; ) {
        try {
          writeSync(file, Buffer.alloc(size))
        } catch (error) {
          if (error.code !== 'ENOSPC') throw error
          size = Math.floor(size / 2)
        }
      }
    } finally {
      closeSync(file)
    }
  }

  makeRoom() {
    rmSync(this.filler)
  }

  remove() {
    execFileSync('umount', [this.mounted])
    rmSync(this.mounted, { recursive: true })
  }
}

/**
 * Where nothing may be mounted: the server may not make its files larger than they are. Its
 * writes then fail with EFBIG instead of ENOSPC, which the store takes for a failing disk.
 */
export class LimitedFiles extends PlainDisk {
  what = 'a limit on file sizes'
  state = 'failing' // STO-19
  wrap = ['sh', '-c', `trap '' XFSZ; exec "$@"`, 'sh'] // the signal would end it

  fill(pid) {
    this.pid = pid
    this.#limit(4096)
  }

  makeRoom() {
    this.#limit('unlimited')
  }

  #limit(bytes) {
    execFileSync('prlimit', [`--pid=${this.pid}`, `--fsize=${bytes}:`])
  }
}

export function smallDisk(megabytes) {
  return SmallDisk.mount(megabytes) ?? new LimitedFiles()
}
