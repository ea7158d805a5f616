#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/key_source.h"
#include "base/clock.h"
#include "ops/log.h"
#include "runtime/loop.h"
#include "runtime/worker.h"

namespace righttask::app {

/// Says how many keys there are, and which were passed over.
void note_keys(const auth::KeySet& keys, const ops::Log& log);

/// Keeps keys as their files and their address have them, for as long as the loop runs: looks at
/// the files once a second, and fetches from the address at intervals, and when a token names a
/// key that is not known. Fetching blocks a thread of its own. Lives on the loop's thread.
/// (Spec: TOK-31, TOK-39)
class KeyWatch {
 public:
  struct Hooks {
    std::function<void(const auth::KeySet&)> use;
    std::function<bool()> unknown_key_seen;  // since it was last asked
  };

  /// Whoever makes up names of keys has us fetch no more often than this.
  static constexpr std::chrono::seconds kUnknownKeyPause{10};

  KeyWatch(runtime::Loop& loop, KeySource source, Hooks hooks, ops::Log log);

 private:
  void wait();
  void look();
  void look_at_address();
  void fetch();
  void take(Result<std::string, std::string> fetched);
  void changed();
  void complain(const std::string& what);

  runtime::Loop& loop_;
  KeySource source_;
  Hooks hooks_;
  ops::Log log_;
  Instant fetched_at_;                      // when the last fetch was begun
  std::optional<Instant> for_unknown_key_;  // when the last one for an unknown key was
  bool fetching_ = false;
  std::string complained_of_;               // said, and not to be said again
  std::optional<runtime::Worker> fetcher_;  // last: it ends before what it uses
};

}  // namespace righttask::app
