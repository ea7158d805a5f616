#include "room/roster.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace righttask {
namespace {

constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string_view text_of(const std::array<char, 16>& ref) {
  return {ref.data(), ref.size()};
}

/// What the fields of somebody with a name begin with.
constexpr std::string_view kNamed = R"("name":")";

}  // namespace

Roster::Texts::Texts(const std::array<std::string_view, kCount>& texts) {
  std::array<std::uint32_t, kCount> ends{};
  std::size_t end = sizeof(ends);
  for (std::size_t i = 0; i < kCount; ++i) {
    end += texts[i].size();
    ends[i] = static_cast<std::uint32_t>(end);
  }
  block_ = std::make_unique_for_overwrite<char[]>(end);
  std::memcpy(block_.get(), ends.data(), sizeof(ends));
  char* to = block_.get() + sizeof(ends);
  for (const std::string_view text : texts) to = std::ranges::copy(text, to).out;
}

std::string_view Roster::Texts::operator[](std::size_t i) const {
  std::array<std::uint32_t, kCount> ends;
  std::memcpy(ends.data(), block_.get(), sizeof(ends));
  const std::size_t begin = i == 0 ? sizeof(ends) : ends[i - 1];
  return {block_.get() + begin, ends[i] - begin};
}

void Roster::Changes::add(std::string_view key, PresenceMeta meta) {
  const auto [at, fresh] = index.try_emplace(std::string(key), entries.size());
  if (fresh) entries.push_back({std::string(key), {}});
  entries[at->second].metas.push_back(std::move(meta));
}

// ---- members -----------------------------------------------------------------------------------

void Roster::join(MemberId member, const Newcomer& newcomer, UnixSeconds now) {
  CHECK(!contains(member));
  const Index at = take_slot();
  Meta& meta = metas_[at];
  meta.connection = member.connection;
  meta.channel = member.channel;
  set_texts(meta, newcomer, {});
  meta.ref = fresh_ref();
  meta.since = static_cast<std::uint32_t>(now.time_since_epoch().count());
  meta.access = newcomer.access;
  meta.state = Meta::State::here;
  ++members_;
  ++shown_;
  if (!places_ && shown_ > kScanMax) build_places();
  if (places_) places_->members.emplace(member, at);
  append(at);
  changes().joins.add(newcomer.key, meta_of(at));
  for (Index i = find_user(newcomer.key); i != kNone; i = metas_[i].next) {
    if (metas_[i].state == Meta::State::lost) return remove(i);
  }
}

void Roster::change(MemberId member, std::string_view fields) {
  const Index at = place_of(member);
  Meta& meta = metas_[at];
  if (meta.texts[kFields] == fields) return;
  const std::string key(meta.texts[kKey]);
  const std::string author(entry_of(meta).author);
  const Ref previous = meta.ref;
  changes().leaves.add(key, meta_of(at));
  unlink(at);
  set_texts(meta, {.key = key, .fields = fields, .author = author}, text_of(previous));
  meta.ref = fresh_ref();
  append(at);
  changes().joins.add(key, meta_of(at));
}

bool Roster::leave(MemberId member) {
  const Index at = find(member);
  if (at == kNone) return false;
  forget_member(at);
  remove(at);
  return true;
}

bool Roster::lose(MemberId member, Instant until) {
  CHECK(losses_.empty() || losses_.back().until <= until);
  const Index at = find(member);
  if (at == kNone) return false;
  forget_member(at);
  metas_[at].state = Meta::State::lost;
  losses_.push_back({until, at, metas_[at].ref});
  return true;
}

void Roster::expire(Instant now) {
  const auto due = std::ranges::find_if(losses_, [now](const Loss& l) { return l.until > now; });
  for (auto loss = losses_.begin(); loss != due; ++loss) {
    if (loss->at >= metas_.size()) continue;
    const Meta& meta = metas_[loss->at];
    if (meta.state == Meta::State::lost && meta.ref == loss->ref) remove(loss->at);
  }
  losses_.erase(losses_.begin(), due);
}

std::optional<Instant> Roster::next_expiry() const {
  if (losses_.empty()) return std::nullopt;
  return losses_.front().until;
}

std::optional<Roster::Entry> Roster::entry(MemberId member) const {
  const Index at = find(member);
  if (at == kNone) return std::nullopt;
  return entry_of(metas_[at]);
}

std::vector<Roster::Entry> Roster::entries() const {
  std::vector<Entry> out;
  out.reserve(members_);
  for (const Meta& meta : metas_) {
    if (meta.state == Meta::State::here) out.push_back(entry_of(meta));
  }
  std::ranges::sort(out, {}, [](const Entry& e) { return std::pair(e.since, e.id); });
  return out;
}

void Roster::set_access(MemberId member, Access access) {
  metas_[place_of(member)].access = access;
}

// ---- what the others see -----------------------------------------------------------------------

PresenceState Roster::state() const {
  auto entries = std::make_shared<std::vector<PresenceEntry>>();
  for (const Meta& first : metas_) {
    if (!first.first) continue;
    PresenceEntry& entry = entries->emplace_back(std::string(first.texts[kKey]));
    for (auto i = static_cast<Index>(&first - metas_.data()); i != kNone; i = metas_[i].next) {
      entry.metas.push_back(meta_of(i));
    }
  }
  return {std::move(entries)};
}

std::optional<PresenceDiff> Roster::take_changes() {
  const std::unique_ptr<Diff> diff = std::move(changes_);
  if (!diff) return std::nullopt;
  return PresenceDiff{std::move(diff->joins.entries), std::move(diff->leaves.entries)};
}

PresenceMeta Roster::meta_of(Index at) const {
  const Meta& meta = metas_[at];
  return {.ref = std::string(text_of(meta.ref)),
          .previous_ref = std::string(meta.texts[kPreviousRef]),
          .online_at = meta.since,
          .fields = std::string(meta.texts[kFields])};
}

Roster::Diff& Roster::changes() {
  if (!changes_) changes_ = std::make_unique<Diff>();
  return *changes_;
}

Roster::Ref Roster::fresh_ref() {
  Ref ref;
  for (char& c : ref) c = kUrlSafe[rng_.below(64)];
  return ref;
}

// ---- where things stand ------------------------------------------------------------------------

void Roster::set_texts(Meta& meta, const Newcomer& texts, std::string_view previous_ref) {
  meta.author_is_name = texts.fields.starts_with(kNamed) &&
                        texts.fields.substr(kNamed.size()).starts_with(texts.author) &&
                        texts.fields.substr(kNamed.size() + texts.author.size()).starts_with('"');
  const std::string_view author = meta.author_is_name ? std::string_view() : texts.author;
  meta.texts = Texts({texts.key, texts.fields, author, previous_ref});
}

Roster::Entry Roster::entry_of(const Meta& meta) {
  std::string_view author = meta.texts[kAuthor];
  if (meta.author_is_name) {  // nothing in it had to be escaped, so it ends at the first quote
    author = meta.texts[kFields].substr(kNamed.size());
    author = author.substr(0, author.find('"'));
  }
  return {.id = {meta.connection, meta.channel},
          .access = meta.access,
          .key = meta.texts[kKey],
          .fields = meta.texts[kFields],
          .author = author,
          .since = UnixSeconds(std::chrono::seconds(meta.since))};
}

Roster::Index Roster::find(MemberId member) const {
  if (places_) {
    const auto found = places_->members.find(member);
    return found == places_->members.end() ? kNone : found->second;
  }
  for (Index i = 0; i < metas_.size(); ++i) {
    const Meta& meta = metas_[i];
    if (meta.connection == member.connection && meta.channel == member.channel &&
        meta.state == Meta::State::here) {
      return i;
    }
  }
  return kNone;
}

Roster::Index Roster::place_of(MemberId member) const {
  const Index at = find(member);
  CHECK(at != kNone);
  return at;
}

/// The first of the user's metas.
Roster::Index Roster::find_user(std::string_view key) const {
  if (places_) {
    const auto found = places_->users.find(key);
    return found == places_->users.end() ? kNone : found->second;
  }
  for (Index i = 0; i < metas_.size(); ++i) {
    if (metas_[i].first && metas_[i].texts[kKey] == key) return i;
  }
  return kNone;
}

/// Small rooms are most of all, so what is reserved for more members is little.
Roster::Index Roster::take_slot() {
  if (free_ != kNone) {
    const Index at = free_;
    free_ = std::exchange(metas_[at].next, kNone);
    return at;
  }
  if (metas_.size() == metas_.capacity()) {
    metas_.reserve(metas_.size() + std::max<std::size_t>(2, metas_.size() / 4));
  }
  metas_.emplace_back();
  return static_cast<Index>(metas_.size() - 1);
}

/// Puts the meta behind the others of its user.
void Roster::append(Index at) {
  Meta& meta = metas_[at];
  meta.next = kNone;
  Index last = find_user(meta.texts[kKey]);
  meta.first = last == kNone;
  if (meta.first) {
    if (places_) places_->users.emplace(meta.texts[kKey], at);
    return;
  }
  while (metas_[last].next != kNone) last = metas_[last].next;
  metas_[last].next = at;
}

void Roster::unlink(Index at) {
  Meta& meta = metas_[at];
  const std::string_view key = meta.texts[kKey];
  if (!meta.first) {
    Index before = find_user(key);
    while (metas_[before].next != at) before = metas_[before].next;
    metas_[before].next = meta.next;
    return;
  }
  meta.first = false;
  if (places_) places_->users.erase(key);
  if (meta.next == kNone) return;
  Meta& heir = metas_[meta.next];
  heir.first = true;
  if (places_) places_->users.emplace(heir.texts[kKey], meta.next);
}

void Roster::remove(Index at) {
  changes().leaves.add(metas_[at].texts[kKey], meta_of(at));
  unlink(at);
  metas_[at] = {};
  metas_[at].next = std::exchange(free_, at);
  if (--shown_ > 0) return;
  metas_ = std::vector<Meta>();
  free_ = kNone;
  places_.reset();
}

/// It is not found any more.
void Roster::forget_member(Index at) {
  --members_;
  if (places_) places_->members.erase({metas_[at].connection, metas_[at].channel});
}

/// Before the newcomer, which belongs to no user yet, is entered.
void Roster::build_places() {
  auto places = std::make_unique<Places>();
  for (Index i = 0; i < metas_.size(); ++i) {
    const Meta& meta = metas_[i];
    if (meta.state == Meta::State::here) {
      places->members.emplace(MemberId{meta.connection, meta.channel}, i);
    }
    if (meta.first) places->users.emplace(meta.texts[kKey], i);
  }
  places_ = std::move(places);
}

}  // namespace righttask
