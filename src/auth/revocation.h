#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/grant.h"
#include "base/clock.h"
#include "base/result.h"

namespace righttask::auth {

enum class RevocationError : std::uint8_t {
  id_malformed,  // empty, or longer than any token's
  list_full,     // of entries that still concern valid tokens
};

/// Tokens that count no more before their time. Bounded: a full list refuses new entries rather
/// than forget old ones. Entries are forgotten when no token they concern can be valid any more.
/// In memory alone: who wants them to outlive the process hands them in again. Shard-local.
/// (Spec: TOK-24)
class RevocationList {
 public:
  static constexpr std::size_t kEntriesMaxDefault = 65'536;

  explicit RevocationList(std::size_t entries_max = kEntriesMaxDefault)
      : entries_max_(entries_max) {}

  /// The token with this `jti`. `ends` is when it would end by itself (Grant::ends); the maximum
  /// if that is not known. Again with another end: the later one counts.
  Result<void, RevocationError> revoke_token(std::string token_id, UnixSeconds ends,
                                             UnixSeconds now);

  /// All of a user's tokens whose `iat` is before that moment, and those without `iat`. `ends` is
  /// when the last of them ends by itself. Again: the later moment and end count.
  Result<void, RevocationError> revoke_subject(std::string subject, UnixSeconds issued_before,
                                               UnixSeconds ends, UnixSeconds now);

  /// From now on they count again. False when they were not revoked.
  bool lift_token(const std::string& token_id) { return tokens_.erase(token_id) > 0; }
  bool lift_subject(const std::string& subject) { return subjects_.erase(subject) > 0; }

  /// As they were handed in.
  struct Entry {
    enum class Kind : std::uint8_t { token, subject };
    Kind kind;
    std::string id;
    UnixSeconds issued_before;  // of a subject's
    UnixSeconds ends;

    bool operator==(const Entry&) const = default;
  };
  [[nodiscard]] std::vector<Entry> entries() const;

  /// Two look-ups.
  [[nodiscard]] bool revokes(const Grant& grant) const;

  /// O(entries). Adding to a full list does it too.
  void forget_ended(UnixSeconds now);

  [[nodiscard]] std::size_t size() const { return tokens_.size() + subjects_.size(); }

 private:
  struct Subject {
    UnixSeconds issued_before;
    UnixSeconds ends;
  };

  bool make_room(UnixSeconds now);

  std::size_t entries_max_;
  std::unordered_map<std::string, UnixSeconds> tokens_;  // jti, end
  std::unordered_map<std::string, Subject> subjects_;
};

}  // namespace righttask::auth
