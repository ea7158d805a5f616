#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "model/messages.h"

namespace righttask {

/// Who is in a room: what each member may do there, and how the others see it. To them there is a
/// key for each user, and under it a meta for each of the user's memberships, the one that changed
/// last at the end.
///
/// Changes gather in one diff until it is taken, so that a caller may announce several at once;
/// applied to the state before them (joins, then leaves, as phoenix.js does) it gives the state
/// after them.
///
/// A member takes 48 bytes and one allocation for its texts; beyond kScanMax of them also a place
/// in an index. Pure and shard-local. Each change costs O(metas of its key), but for a scan of at
/// most kScanMax members.
class Roster {
 public:
  static constexpr std::size_t kScanMax = 24;

  explicit Roster(Rng& rng) : rng_(rng) {}

  struct Newcomer {
    Access access = Access::read_write;
    std::string_view key;
    std::string_view fields;
    std::string_view author;  // whose edits these are; empty: unknown
  };
  /// A new meta. One that was lost under this key gives way to it: the user is back.
  /// The member must not be here yet.
  void join(MemberId member, const Newcomer& newcomer, UnixSeconds now);

  /// The member's meta gets these fields and a new ref, unless it has them already. The member
  /// must be here.
  void change(MemberId member, std::string_view fields);

  /// The member's meta goes. False if it is not here.
  bool leave(MemberId member);

  /// The member has gone without a word: its meta stays until `until`, or until the user is back.
  /// Times of successive calls never decrease. False if it is not here.
  bool lose(MemberId member, Instant until);

  /// Removes the lost metas whose time has come.
  void expire(Instant now);

  /// When expire has something to do next.
  [[nodiscard]] std::optional<Instant> next_expiry() const;

  /// Without those who are lost.
  [[nodiscard]] std::size_t size() const { return members_; }
  [[nodiscard]] bool empty() const { return members_ == 0; }
  [[nodiscard]] bool contains(MemberId member) const { return find(member) != kNone; }

  /// One member as it stands. The views hold until the roster changes.
  struct Entry {
    MemberId id;
    Access access;
    std::string_view key;
    std::string_view fields;
    std::string_view author;
    UnixSeconds since;
    bool operator==(const Entry&) const = default;
  };
  [[nodiscard]] std::optional<Entry> entry(MemberId member) const;
  /// In the order of their coming. O(n log n).
  [[nodiscard]] std::vector<Entry> entries() const;
  void set_access(MemberId member, Access access);

  /// Everybody, the lost included. O(metas).
  [[nodiscard]] PresenceState state() const;

  /// Whether there is something to take.
  [[nodiscard]] bool has_changes() const { return changes_ != nullptr; }
  /// What has changed since it was last taken; nothing if nothing has.
  [[nodiscard]] std::optional<PresenceDiff> take_changes();

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};

  /// Texts that stand behind each other in one allocation.
  class Texts {
   public:
    static constexpr std::size_t kCount = 4;
    Texts() = default;
    explicit Texts(const std::array<std::string_view, kCount>& texts);
    [[nodiscard]] std::string_view operator[](std::size_t i) const;

   private:
    std::unique_ptr<char[]> block_;  // where each text ends, 4 bytes each; then the texts
  };
  enum : std::size_t { kKey, kFields, kAuthor, kPreviousRef };

  using Ref = std::array<char, 16>;  // 96 bits in Base64, as Phoenix has it

  struct Meta {
    ConnectionId connection;
    std::uint32_t channel = 0;
    Index next = kNone;  // of the same user; or of the free ones
    Texts texts;
    Ref ref{};
    std::uint32_t since = 0;  // Unix seconds
    Access access = Access::read;
    enum class State : std::uint8_t { free, here, lost } state = State::free;
    bool first = false;           // of its user's metas
    bool author_is_name = false;  // the text is missing, since the fields begin with it
  };
  static_assert(sizeof(Meta) == 48);

  struct Loss {
    Instant until;
    Index at;
    Ref ref;
  };

  /// One half of a diff; each key once, however many of its metas change.
  struct Changes {
    std::vector<PresenceEntry> entries;
    std::unordered_map<std::string, std::size_t> index;

    void add(std::string_view key, PresenceMeta meta);
  };
  struct Diff {
    Changes joins;
    Changes leaves;
  };

  /// Where members and users stand, in a room of many.
  struct Places {
    std::unordered_map<MemberId, Index> members;
    std::unordered_map<std::string_view, Index> users;  // named by the text of the first meta
  };

  [[nodiscard]] Index find(MemberId member) const;
  [[nodiscard]] Index find_user(std::string_view key) const;
  [[nodiscard]] Index place_of(MemberId member) const;
  [[nodiscard]] Ref fresh_ref();
  [[nodiscard]] PresenceMeta meta_of(Index at) const;
  [[nodiscard]] static Entry entry_of(const Meta& meta);
  static void set_texts(Meta& meta, const Newcomer& texts, std::string_view previous_ref);
  [[nodiscard]] Index take_slot();
  void append(Index at);
  void unlink(Index at);
  void remove(Index at);
  void forget_member(Index at);
  void build_places();
  [[nodiscard]] Diff& changes();

  Rng& rng_;
  std::vector<Meta> metas_;
  Index free_ = kNone;
  std::uint32_t members_ = 0;  // here
  std::uint32_t shown_ = 0;    // here or lost
  std::unique_ptr<Places> places_;
  std::vector<Loss> losses_;  // by time; those whose meta has gone meanwhile are passed over
  std::unique_ptr<Diff> changes_;
};

}  // namespace righttask
