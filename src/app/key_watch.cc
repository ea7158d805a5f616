#include "app/key_watch.h"

#include <chrono>
#include <utility>

namespace righttask::app {

void note_keys(const auth::KeySet& keys, const ops::Log& log) {
  log->info("tokens are required; they are verified with {} {}", keys.keys().size(),
            keys.keys().size() == 1 ? "key" : "keys");
  for (const std::string& skipped : keys.skipped()) {
    log->warn("keys of tokens: passed over {}", skipped);
  }
}

KeyWatch::KeyWatch(runtime::Loop& loop, KeySource source, Hooks hooks, ops::Log log)
    : loop_(loop),
      source_(std::move(source)),
      hooks_(std::move(hooks)),
      log_(std::move(log)),
      fetched_at_(loop.now()) {
  if (source_.jwks()) fetcher_.emplace("jwks");
  wait();
}

void KeyWatch::wait() {
  loop_.call_after(std::chrono::seconds(1), [this] {
    look();
    wait();
  });
}

void KeyWatch::look() {
  const auto other = source_.refresh();
  if (!other) {
    log_->error("keys of tokens: {}; those before stay", other.error());
  } else if (*other) {
    changed();
  }
  if (source_.jwks()) look_at_address();
}

void KeyWatch::look_at_address() {
  if (fetching_) return;
  const Instant now = loop_.now();
  const bool unknown = hooks_.unknown_key_seen() &&
                       (!for_unknown_key_ || now >= *for_unknown_key_ + kUnknownKeyPause);
  if (unknown) for_unknown_key_ = now;
  if (unknown || now >= fetched_at_ + source_.jwks()->refresh) fetch();
}

void KeyWatch::fetch() {
  fetching_ = true;
  fetched_at_ = loop_.now();
  fetcher_->post([this, address = source_.jwks()->address] {
    loop_.post_answer(
        [this, fetched = fetch_jwks(address)]() mutable { take(std::move(fetched)); });
  });
}

void KeyWatch::take(Result<std::string, std::string> fetched) {
  fetching_ = false;
  if (!fetched) return complain(fetched.error());
  const auto other = source_.use_fetched(*fetched);
  if (!other) return complain(other.error());
  complained_of_.clear();
  if (*other) changed();
}

void KeyWatch::changed() {
  note_keys(source_.keys(), log_);
  hooks_.use(source_.keys());
}

void KeyWatch::complain(const std::string& what) {
  if (what == std::exchange(complained_of_, what)) return;
  log_->error("keys of tokens: {}; those before stay", what);
}

}  // namespace righttask::app
