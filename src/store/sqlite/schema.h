#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace righttask::store::sqlite {

/// "RTk1" at byte 68 of the file: it is ours.
inline constexpr std::int64_t kApplicationId = 0x52546b31;

enum class OpenErrorKind : std::uint8_t {
  locked,        // another process uses the directory
  newer_format,  // written by a newer program; nothing has been touched
  not_ours,      // a database of something else, or no database at all
  corrupt,       // the check at start found damage
  failed,        // the disk, the permissions
};

/// `message` is a sentence for the operator, with paths and numbers.
struct OpenError {
  OpenErrorKind kind;
  std::string message;
};

/// The steps that lead from an empty file to today's schema. Step i makes version i + 1. A step
/// that was once released never changes.
[[nodiscard]] std::span<const char* const> schema_steps();

/// Whose file it is, and the version of its schema; 0: an empty file. Only reads.
[[nodiscard]] Result<std::int64_t, OpenError> check_format(Connection& connection,
                                                           std::span<const char* const> steps,
                                                           const std::string& path);

/// Takes a file from `version` to the last of `steps`, each in a transaction of its own.
[[nodiscard]] Result<void, OpenError> migrate(Connection& connection, std::int64_t version,
                                              std::span<const char* const> steps,
                                              const std::string& path);

}  // namespace righttask::store::sqlite
