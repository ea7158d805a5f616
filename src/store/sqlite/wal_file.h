#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace righttask::store::sqlite {

/// The size of the write-ahead log beside the database at `path` (absolute); 0 when there is
/// none. A log that is not empty says that nobody closed the database. The error is SQLite's code.
[[nodiscard]] Result<std::uint64_t, int> wal_bytes(const std::string& path, const std::string& vfs);

/// Makes the log durable as it reads now: reads all of it, writes the same bytes back, and syncs.
/// To be done before a log is believed that another descriptor wrote; no connection may be open.
///
/// After a sync has failed, the system takes the pages for clean, and syncing again would not write
/// them; after a process was killed they may never have been synced. Either way SQLite would read
/// frames that are not on disk, and write behind them. Writing the bytes they have changes nothing
/// that is on disk, so being interrupted here loses nothing. SQLITE_OK or the code.
[[nodiscard]] int rewrite_wal(const std::string& path, const std::string& vfs);

}  // namespace righttask::store::sqlite
