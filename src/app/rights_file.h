#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "ops/log.h"
#include "runtime/loop.h"
#include "runtime/worker.h"
#include "server/rights_ledger.h"

namespace righttask::app {

/// Keeps what operators took from whom in a file, which is written beside its place, synced, and
/// put there, by a thread of its own. Lives on the loop's thread. (Spec: ADM-13)
class RightsFile final : public server::RightsLedger {
 public:
  RightsFile(runtime::Loop& loop, std::filesystem::path path, ops::Log log);

  /// What the file has; nothing in it if there is none. The error is a sentence that names it.
  [[nodiscard]] static Result<server::RightsLists, std::string> load(
      const std::filesystem::path& path);

  void keep(server::RightsLists lists, Done done) override;

 private:
  runtime::Loop& loop_;
  std::filesystem::path path_;
  ops::Log log_;
  runtime::Worker writer_;  // last: it ends before what it uses
};

/// Puts the text in the file's place such that a crash leaves the one or the other. The error is a
/// sentence that names the file.
[[nodiscard]] Result<void, std::string> replace_file(const std::filesystem::path& path,
                                                     std::string_view text);

}  // namespace righttask::app
