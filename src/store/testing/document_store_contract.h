#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/limits.h"
#include "store/testing/store_session.h"

// What every store must do. A store's own test program includes this once and says:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, DocumentStoreContract, Values(StoreKind{"memory", make}));
//
// Rules: docs/spec/store.md.

namespace righttask::store::testing {

/// Limits small enough to be tested.
inline constexpr StoreLimits kContractLimits{.update_bytes_max = 4096,
                                             .state_bytes_max = 16384,
                                             .author_bytes_max = 20,
                                             .version_name_bytes_max = 20,
                                             .page_max = 4};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<DocumentStore>(const StoreLimits&)> make;
};

inline void PrintTo(const StoreKind& kind, std::ostream* out) {
  *out << kind.name;
}

class DocumentStoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  VersionRequest version_request(std::string_view name, VersionKind kind, std::string label) {
    return {room(name), kFirstEpoch, kind,         std::move(label),
            "ann",      Sequence{1}, at_ms(3'000), text("state")};
  }

  std::unique_ptr<DocumentStore> store_ = GetParam().make(kContractLimits);
  StoreSession session_{*store_};
};

using enum StoreError;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(DocumentStoreContract, Sto2_GivesBackWhatWasAppended) {
  ASSERT_EQ(
      session_.append({room("a"),
                       kFirstEpoch,
                       Sequence{1},
                       {{text("one"), "ann", at_ms(1'000)}, {text("two"), "", at_ms(2'000)}}}),
      Sequence{2});
  const auto loaded = session_.load("a");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->epoch, kFirstEpoch);
  EXPECT_EQ(loaded->last, Sequence{2});
  EXPECT_FALSE(loaded->snapshot);
  EXPECT_FALSE(loaded->deleted_at);
  EXPECT_THAT(loaded->set_aside, IsEmpty());
  ASSERT_THAT(loaded->updates, SizeIs(2));
  EXPECT_EQ(as_text(loaded->updates[0].data), "one");
  EXPECT_EQ(loaded->updates[0].sequence, Sequence{1});
  EXPECT_EQ(loaded->updates[0].author, "ann");
  EXPECT_EQ(loaded->updates[0].at, at_ms(1'000));
  EXPECT_EQ(as_text(loaded->updates[1].data), "two");
  EXPECT_EQ(loaded->updates[1].sequence, Sequence{2});
  EXPECT_EQ(loaded->updates[1].author, "");
}

TEST_P(DocumentStoreContract, Sto2_KeepsEveryByte) {
  Bytes all;
  for (int i = 0; i < 1024; ++i) all.push_back(static_cast<std::uint8_t>(i));
  ASSERT_TRUE(session_.append({room("a"),
                               kFirstEpoch,
                               Sequence{1},
                               {{share(all), "", at_ms(1)}, {share({}), "", at_ms(1)}}}));
  const auto loaded = session_.load("a");
  ASSERT_TRUE(loaded);
  ASSERT_THAT(loaded->updates, SizeIs(2));
  EXPECT_EQ(loaded->updates[0].data, all);
  EXPECT_THAT(loaded->updates[1].data, IsEmpty());
}

TEST_P(DocumentStoreContract, Sto4_RoomsAreApart) {
  ASSERT_TRUE(session_.append("a", 1, "in a"));
  ASSERT_TRUE(session_.append("A", 1, "in A"));
  ASSERT_TRUE(session_.append("a'; DROP TABLE rooms; --", 1, "quoted"));
  EXPECT_EQ(content(*session_.load("a")), "in a");
  EXPECT_EQ(content(*session_.load("A")), "in A");
  EXPECT_EQ(content(*session_.load("a'; DROP TABLE rooms; --")), "quoted");
}

TEST_P(DocumentStoreContract, Sto5_ARoomThatIsNotStoredIsEmptyAndStaysUnstored) {
  const auto loaded = session_.load("nowhere");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->epoch, kFirstEpoch);
  EXPECT_EQ(loaded->last, Sequence{0});
  EXPECT_EQ(content(*loaded), "");
  EXPECT_THAT(session_.rooms()->rooms, IsEmpty());
}

TEST_P(DocumentStoreContract, Sto3_RefusesAGap) {
  EXPECT_EQ(session_.append("a", 2, "two").error(), sequence_gap);
  EXPECT_EQ(session_.append("a", 0, "zero").error(), sequence_gap);
  ASSERT_TRUE(session_.append("a", 1, "one"));
  EXPECT_EQ(session_.append("a", 3, "three").error(), sequence_gap);
  ASSERT_TRUE(session_.append("a", 2, "two"));
  EXPECT_EQ(content(*session_.load("a")), "one,two");
}

TEST_P(DocumentStoreContract, Sto3_ARefusedFirstAppendMakesNoRoom) {
  ASSERT_FALSE(session_.append("a", 2, "two"));
  EXPECT_THAT(session_.rooms()->rooms, IsEmpty());
  EXPECT_TRUE(session_.append("a", 1, "one"));
}

TEST_P(DocumentStoreContract, Sto3_ARepeatIsAnsweredAndStoredOnce) {
  ASSERT_TRUE(session_.append("a", 1, "one"));
  ASSERT_TRUE(session_.append("a", 2, "two"));
  EXPECT_EQ(session_.append("a", 1, "one"), Sequence{2});
  EXPECT_EQ(session_.append({room("a"),
                             kFirstEpoch,
                             Sequence{2},
                             {{text("two"), "ann", at_ms(1)}, {text("three"), "ann", at_ms(1)}}}),
            Sequence{3});
  EXPECT_EQ(content(*session_.load("a")), "one,two,three");
}

TEST_P(DocumentStoreContract, Sto3_ASequenceIsNeverWrittenTwice) {
  ASSERT_TRUE(session_.append("a", 1, "one"));
  EXPECT_EQ(session_.append("a", 1, "another").error(), sequence_conflict);
  ASSERT_TRUE(session_.snapshot("a", 1, "state"));
  EXPECT_EQ(session_.append("a", 1, "one").error(), sequence_conflict);
  EXPECT_EQ(content(*session_.load("a")), "state|");
}

TEST_P(DocumentStoreContract, Sto13_WhatIsTooLargeIsRefusedWholeAndAlone) {
  const std::string large(kContractLimits.update_bytes_max + 1, 'x');
  const std::string largest(kContractLimits.update_bytes_max, 'x');
  ASSERT_TRUE(session_.append("a", 1, "one"));
  const auto other_before = session_.ask_append("b", 1, "one");
  const auto refused = std::make_shared<std::optional<Result<Sequence, StoreError>>>();
  store_->append({room("a"),
                  kFirstEpoch,
                  Sequence{2},
                  {{text("two"), "", at_ms(1)}, {text(large), "", at_ms(1)}}},
                 session_.into<Sequence>(refused));
  const auto behind = session_.ask_append("a", 4, "four");
  const auto other_after = session_.ask_append("b", 2, largest);
  EXPECT_EQ(session_.wait(refused).error(), too_large);
  EXPECT_EQ(session_.wait(behind).error(), sequence_gap);
  EXPECT_TRUE(session_.wait(other_before));
  EXPECT_TRUE(session_.wait(other_after));
  EXPECT_EQ(content(*session_.load("a")), "one");
  EXPECT_EQ(content(*session_.load("b")), "one," + largest);

  EXPECT_EQ(session_
                .append({room("a"),
                         kFirstEpoch,
                         Sequence{2},
                         {{text("two"), std::string(21, 'n'), at_ms(1)}}})
                .error(),
            too_large);
  EXPECT_EQ(
      session_.snapshot("a", 1, std::string(kContractLimits.state_bytes_max + 1, 'x')).error(),
      too_large);
  auto version = version_request("a", VersionKind::named, std::string(21, 'n'));
  EXPECT_EQ(session_.create_version(version).error(), too_large);
}

TEST_P(DocumentStoreContract, Sto6_ASnapshotReplacesTheLogUpToIt) {
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(session_.append("a", i, std::to_string(i)));
  ASSERT_TRUE(session_.append("b", 1, "of b"));
  EXPECT_EQ(session_.snapshot("a", 3, "1+2+3"), Sequence{3});
  auto loaded = session_.load("a");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(content(*loaded), "1+2+3|4,5");
  EXPECT_EQ(loaded->snapshot->sequence, Sequence{3});
  EXPECT_EQ(loaded->snapshot->at, at_ms(2'000));
  EXPECT_EQ(loaded->last, Sequence{5});
  EXPECT_EQ(content(*session_.load("b")), "of b");

  EXPECT_EQ(session_.snapshot("a", 5, "all"), Sequence{5});
  loaded = session_.load("a");
  EXPECT_EQ(content(*loaded), "all|");
  EXPECT_EQ(loaded->last, Sequence{5});
  ASSERT_TRUE(session_.append("a", 6, "6"));
  EXPECT_EQ(content(*session_.load("a")), "all|6");
}

TEST_P(DocumentStoreContract, Sto6_AnOlderSnapshotIsRefused) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(session_.append("a", i, std::to_string(i)));
  EXPECT_EQ(session_.snapshot("a", 0, "nothing").error(), sequence_conflict);
  ASSERT_TRUE(session_.snapshot("a", 2, "1+2"));
  EXPECT_EQ(session_.snapshot("a", 2, "1+2"), Sequence{2}) << "a repeat";
  EXPECT_EQ(session_.snapshot("a", 2, "1*2").error(), sequence_conflict);
  EXPECT_EQ(session_.snapshot("a", 1, "1").error(), sequence_conflict);
  EXPECT_EQ(content(*session_.load("a")), "1+2|3");
}

TEST_P(DocumentStoreContract, Sto7_ASnapshotBeyondTheLogClosesTheGap) {
  ASSERT_TRUE(session_.append("a", 1, "one"));
  ASSERT_FALSE(session_.append("a", 4, "four"));
  EXPECT_EQ(session_.snapshot("a", 7, "up to seven"), Sequence{7});
  EXPECT_EQ(session_.append("a", 2, "two").error(), sequence_conflict);
  ASSERT_TRUE(session_.append("a", 8, "eight"));
  const auto loaded = session_.load("a");
  EXPECT_EQ(content(*loaded), "up to seven|eight");
  EXPECT_EQ(loaded->last, Sequence{8});

  EXPECT_EQ(session_.snapshot("new", 3, "up to three"), Sequence{3});
  ASSERT_TRUE(session_.append("new", 4, "four"));
  EXPECT_EQ(content(*session_.load("new")), "up to three|four");
}

TEST_P(DocumentStoreContract, Sto8_VersionsAreListedNewestFirstInPages) {
  ASSERT_TRUE(session_.append("a", 1, "one"));
  std::vector<VersionId> ids;
  for (int i = 0; i < 6; ++i) {
    const auto id = session_.create_version(version_request(
        "a", i % 2 ? VersionKind::named : VersionKind::automatic, "v" + std::to_string(i)));
    ASSERT_TRUE(id);
    ids.push_back(*id);
  }
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  const auto first = session_.versions("a");
  ASSERT_TRUE(first);
  ASSERT_THAT(first->versions, SizeIs(kContractLimits.page_max));
  EXPECT_EQ(first->versions[0].id, ids[5]);
  EXPECT_EQ(first->versions[0].name, "v5");
  EXPECT_EQ(first->versions[0].kind, VersionKind::named);
  EXPECT_EQ(first->versions[0].author, "ann");
  EXPECT_EQ(first->versions[0].epoch, kFirstEpoch);
  EXPECT_EQ(first->versions[0].sequence, Sequence{1});
  EXPECT_EQ(first->versions[0].at, at_ms(3'000));
  EXPECT_EQ(first->versions[0].state_bytes, 5u);
  EXPECT_GT(first->versions[0].stored_bytes, 0u);
  EXPECT_EQ(first->versions[1].kind, VersionKind::automatic);
  ASSERT_TRUE(first->continue_before);
  const auto rest = session_.versions("a", first->continue_before);
  ASSERT_THAT(rest->versions, SizeIs(2));
  EXPECT_EQ(rest->versions[1].id, ids[0]);
  EXPECT_FALSE(rest->continue_before);
  EXPECT_THAT(session_.versions("b")->versions, IsEmpty());
}

TEST_P(DocumentStoreContract, Sto8_AVersionKeepsItsStateWhateverComesLater) {
  ASSERT_TRUE(session_.append("a", 1, "one"));
  const auto id = session_.create_version(version_request("a", VersionKind::named, "first"));
  ASSERT_TRUE(id);
  ASSERT_TRUE(session_.append("a", 2, "two"));
  ASSERT_TRUE(session_.snapshot("a", 2, "one+two"));
  const auto version = session_.version("a", *id);
  ASSERT_TRUE(version);
  EXPECT_EQ(as_text(version->state), "state");
  EXPECT_EQ(version->info.name, "first");
}

TEST_P(DocumentStoreContract, Sto8_ALoadTellsUpToWhereAVersionHoldsTheRoom) {
  ASSERT_TRUE(session_.append("a", 1, "one"));
  EXPECT_EQ(session_.load("a")->versioned, Sequence{0});
  auto version = version_request("a", VersionKind::automatic, "");
  ASSERT_TRUE(session_.create_version(version));
  ASSERT_TRUE(session_.append("a", 2, "two"));
  EXPECT_EQ(session_.load("a")->versioned, Sequence{1});
  version.sequence = Sequence{2};
  ASSERT_TRUE(session_.create_version(version));
  EXPECT_EQ(session_.load("a")->versioned, Sequence{2});
  ASSERT_TRUE(session_.delete_room("a"));
  EXPECT_EQ(session_.load("a")->versioned, Sequence{0});
}

TEST_P(DocumentStoreContract, Sto8_AVersionIsFoundInItsOwnRoomAlone) {
  ASSERT_TRUE(session_.append("a", 1, "one"));
  ASSERT_TRUE(session_.append("b", 1, "one"));
  const auto id = session_.create_version(version_request("a", VersionKind::named, "mine"));
  ASSERT_TRUE(id);
  EXPECT_EQ(session_.version("b", *id).error(), not_found);
  EXPECT_EQ(session_.version("a", VersionId{id->value() + 1}).error(), not_found);
  EXPECT_EQ(session_.create_version(version_request("c", VersionKind::named, "x")).error(),
            not_found);
}

TEST_P(DocumentStoreContract, Sto9_AVersionIsRenamedAndDeleted) {
  ASSERT_TRUE(session_.append("a", 1, "one"));
  const auto id = session_.create_version(version_request("a", VersionKind::automatic, ""));
  const auto rename = [&](std::string_view name, VersionId version, std::string label) {
    return session_.ask<VersionInfo>([&](auto r) {
      store_->rename_version(room(name), version, std::move(label), std::move(r));
    });
  };
  const auto remove = [&](std::string_view name, VersionId version) {
    return session_.ask<VersionId>(
        [&](auto r) { store_->delete_version(room(name), version, std::move(r)); });
  };
  EXPECT_EQ(rename("b", *id, "stolen").error(), not_found);
  EXPECT_EQ(rename("a", *id, std::string(21, 'n')).error(), too_large);
  const auto renamed = rename("a", *id, "before the storm");
  ASSERT_TRUE(renamed);
  EXPECT_EQ(renamed->kind, VersionKind::named);
  EXPECT_EQ(renamed->name, "before the storm");
  EXPECT_EQ(renamed->author, "ann");
  EXPECT_EQ(session_.version("a", *id)->info.name, "before the storm");
  EXPECT_EQ(as_text(session_.version("a", *id)->state), "state");

  EXPECT_EQ(remove("a", *id).error(), not_found) << "it has a name now";
  const auto other = session_.create_version(version_request("a", VersionKind::automatic, ""));
  EXPECT_EQ(remove("b", *other).error(), not_found);
  EXPECT_EQ(remove("a", *other), *other);
  EXPECT_EQ(remove("a", *other).error(), not_found);
  EXPECT_THAT(session_.versions("a")->versions, SizeIs(1));
  const auto next = session_.create_version(version_request("a", VersionKind::named, "next"));
  EXPECT_GT(*next, *other);  // an id is never used again
}

TEST_P(DocumentStoreContract, Sto10_RoomsAreListedByNameInPages) {
  for (const std::string name : {"d", "b", "B", "a", "c", "ä"}) {
    ASSERT_TRUE(session_.append(name, 1, "x"));
  }
  std::vector<std::string> names;
  std::optional<RoomName> after;
  int pages = 0;
  do {
    const auto page = session_.rooms(after, 2);
    ASSERT_TRUE(page);
    for (const RoomInfo& info : page->rooms) names.push_back(info.name.str());
    after = page->continue_after;
    ++pages;
  } while (after);
  EXPECT_THAT(names, ElementsAre("B", "a", "b", "c", "d", "ä"));
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(session_.rooms(std::nullopt, 1000)->rooms, SizeIs(kContractLimits.page_max));
}

TEST_P(DocumentStoreContract, Sto10_AListingTellsSizesAndTimes) {
  ASSERT_TRUE(
      session_.append({room("a"), kFirstEpoch, Sequence{1}, {{text("123"), "", at_ms(50)}}}));
  ASSERT_TRUE(
      session_.append({room("a"), kFirstEpoch, Sequence{2}, {{text("45"), "", at_ms(70)}}}));
  auto info = session_.rooms()->rooms.at(0);
  EXPECT_EQ(info.epoch, kFirstEpoch);
  EXPECT_EQ(info.last, Sequence{2});
  EXPECT_EQ(info.created_at, at_ms(50));
  EXPECT_EQ(info.changed_at, at_ms(70));
  EXPECT_EQ(info.updates, 2u);
  EXPECT_EQ(info.update_bytes, 5u);
  EXPECT_EQ(info.snapshot_bytes, 0u);
  EXPECT_EQ(info.versions, 0u);

  ASSERT_TRUE(session_.snapshot("a", 2, "state"));
  ASSERT_TRUE(session_.create_version(version_request("a", VersionKind::named, "v")));
  info = session_.rooms()->rooms.at(0);
  EXPECT_EQ(info.last, Sequence{2});
  EXPECT_EQ(info.updates, 0u);
  EXPECT_EQ(info.changed_at, at_ms(2'000));
  EXPECT_GT(info.snapshot_bytes, 0u);
  EXPECT_EQ(info.versions, 1u);
  EXPECT_GT(info.version_bytes, 0u);
}

TEST_P(DocumentStoreContract, Sto11_ADeletedRoomRefusesItsOldEpoch) {
  ASSERT_TRUE(session_.append("a", 1, "secret"));
  ASSERT_TRUE(session_.append("b", 1, "stays"));
  const auto version = session_.create_version(version_request("a", VersionKind::named, "v"));
  ASSERT_TRUE(version);
  const auto epoch = session_.delete_room("a");
  ASSERT_TRUE(epoch);
  EXPECT_EQ(*epoch, Epoch{2});

  EXPECT_EQ(session_.append("a", 2, "late").error(), deleted);
  EXPECT_EQ(session_.append("a", 1, "secret").error(), deleted);
  EXPECT_EQ(session_.snapshot("a", 2, "late").error(), deleted);
  EXPECT_EQ(session_.create_version(version_request("a", VersionKind::named, "w")).error(),
            deleted);
  EXPECT_EQ(session_.set_aside("a", 1).error(), deleted);
  EXPECT_EQ(session_.version("a", *version).error(), not_found);
  EXPECT_THAT(session_.versions("a")->versions, IsEmpty());
  const auto rooms = session_.rooms();
  ASSERT_THAT(rooms->rooms, SizeIs(1));
  EXPECT_EQ(rooms->rooms[0].name, room("b"));
  EXPECT_EQ(content(*session_.load("b")), "stays");
  EXPECT_EQ(session_.delete_room("a").error(), not_found);
  EXPECT_EQ(session_.delete_room("never").error(), not_found);
}

TEST_P(DocumentStoreContract, Sto12_ADeletedRoomBeginsAnewInItsNewEpoch) {
  ASSERT_TRUE(session_.append("a", 1, "old"));
  ASSERT_TRUE(session_.append("a", 2, "old"));
  const Epoch epoch = session_.delete_room("a").value();
  auto loaded = session_.load("a");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->epoch, epoch);
  EXPECT_EQ(loaded->last, Sequence{0});
  EXPECT_EQ(loaded->deleted_at, at_ms(9'000));
  EXPECT_EQ(content(*loaded), "");

  EXPECT_EQ(session_.append("a", 3, "old", epoch).error(), sequence_gap);
  ASSERT_TRUE(session_.append("a", 1, "new", epoch));
  loaded = session_.load("a");
  EXPECT_EQ(content(*loaded), "new");
  EXPECT_EQ(loaded->deleted_at, at_ms(9'000));
  EXPECT_EQ(session_.rooms()->rooms.at(0).epoch, epoch);
  EXPECT_EQ(session_.delete_room("a"), Epoch{3});
}

TEST_P(DocumentStoreContract, Sto11_AnEpochThatNeverWasIsRefused) {
  EXPECT_EQ(session_.append("a", 1, "x", Epoch{2}).error(), stale_epoch);
  EXPECT_EQ(session_.snapshot("a", 1, "x", Epoch{9}).error(), stale_epoch);
  ASSERT_TRUE(session_.append("a", 1, "x"));
  EXPECT_EQ(session_.append("a", 2, "x", Epoch{2}).error(), stale_epoch);
  EXPECT_EQ(session_.append("a", 2, "x", Epoch{0}).error(), deleted);
}

TEST_P(DocumentStoreContract, Sto14_AnUpdateThatIsSetAsideIsNamedAndTheRestLoads) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(session_.append("a", i, std::to_string(i)));
  EXPECT_EQ(session_.set_aside("a", 2), Sequence{2});
  auto loaded = session_.load("a");
  EXPECT_EQ(content(*loaded), "1,3");
  EXPECT_THAT(loaded->set_aside, ElementsAre(Sequence{2}));
  EXPECT_EQ(session_.set_aside("a", 2).error(), not_found);
  EXPECT_EQ(session_.set_aside("a", 9).error(), not_found);
  EXPECT_EQ(session_.set_aside("b", 1).error(), not_found);

  // The last one, too: its sequence is not given away again.
  EXPECT_EQ(session_.set_aside("a", 3), Sequence{3});
  EXPECT_EQ(session_.load("a")->last, Sequence{3});
  ASSERT_TRUE(session_.append("a", 4, "4"));
  loaded = session_.load("a");
  EXPECT_EQ(content(*loaded), "1,4");
  EXPECT_THAT(loaded->set_aside, ElementsAre(Sequence{2}, Sequence{3}));
  EXPECT_EQ(session_.rooms()->rooms.at(0).set_aside, 2u);
  EXPECT_EQ(session_.verify()->set_aside, 2u);

  ASSERT_TRUE(session_.delete_room("a"));
  EXPECT_THAT(session_.load("a")->set_aside, IsEmpty());
}

TEST_P(DocumentStoreContract, Sto31_WhatIsToldOfADeletedRoomIsKept) {
  const auto bytes_of = [](std::string_view content) { return *text(content); };
  ASSERT_TRUE(session_.append("a", 1, "old"));
  EXPECT_THAT(session_.load("a")->epitaphs, IsEmpty());
  const Epoch second = session_.delete_room("a", bytes_of("first")).value();
  EXPECT_THAT(session_.load("a")->epitaphs, ElementsAre(bytes_of("first")));
  ASSERT_TRUE(session_.append("a", 1, "new", second));
  ASSERT_TRUE(session_.delete_room("a", bytes_of("second")));
  EXPECT_THAT(session_.load("a")->epitaphs, ElementsAre(bytes_of("first"), bytes_of("second")));
  EXPECT_TRUE(session_.verify()->sound());
}

TEST_P(DocumentStoreContract, Sto32_AnUpdateInQuarantineIsCountedAndNeverLoaded) {
  EXPECT_EQ(session_.quarantine("a", "bad"), kFirstEpoch) << "also in a room that was not there";
  auto loaded = session_.load("a");
  EXPECT_THAT(loaded->updates, IsEmpty());
  EXPECT_THAT(loaded->set_aside, IsEmpty());
  EXPECT_EQ(loaded->last, Sequence{0});
  ASSERT_TRUE(session_.append("a", 1, "good"));
  ASSERT_TRUE(session_.quarantine("a", "bad"));
  EXPECT_EQ(content(*session_.load("a")), "good");
  EXPECT_EQ(session_.rooms()->rooms.at(0).set_aside, 2u);
  EXPECT_EQ(session_.verify()->set_aside, 2u);
  EXPECT_TRUE(session_.verify()->sound());
  EXPECT_EQ(session_.quarantine("a", "bad", Epoch{2}).error(), stale_epoch);
}

TEST_P(DocumentStoreContract, Sto15_ManyRoomsAtOnceAreEachAnsweredInOrder) {
  constexpr std::uint64_t kRooms = 20, kEach = 30;
  std::vector<std::vector<std::uint64_t>> answered(kRooms);
  for (std::uint64_t i = 1; i <= kEach; ++i) {
    for (std::uint64_t r = 0; r < kRooms; ++r) {
      store_->append({room("r" + std::to_string(r)),
                      kFirstEpoch,
                      Sequence{i},
                      {{text(std::to_string(i)), "", at_ms(1)}}},
                     {session_.post(), [&answered, r](Result<Sequence, StoreError> result) {
                        ASSERT_TRUE(result);
                        answered[r].push_back(result->value());
                      }});
    }
  }
  ASSERT_TRUE(session_.turn_until(
      [&] { return std::ranges::all_of(answered, [](auto& a) { return a.size() == kEach; }); }));
  for (const auto& sequences : answered) {
    for (std::uint64_t i = 0; i < kEach; ++i) EXPECT_EQ(sequences[i], i + 1);
  }
  EXPECT_EQ(store_->probe().updates, kRooms * kEach);
  EXPECT_LE(store_->probe().commits, kRooms * kEach);
}

TEST_P(DocumentStoreContract, Sto15_AnswersRunOnTheLoopThatAsked) {
  pid_t ran_on = 0;
  store_->append({room("a"), kFirstEpoch, Sequence{1}, {{text("x"), "", at_ms(1)}}},
                 {session_.post(), [&](auto) { ran_on = ::gettid(); }});
  ASSERT_TRUE(session_.turn_until([&] { return ran_on != 0; }));
  EXPECT_EQ(ran_on, ::gettid());
}

TEST_P(DocumentStoreContract, Sto29_DestroyingAStoreAnswersEverything) {
  int answers = 0;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    store_->append({room("a"), kFirstEpoch, Sequence{i}, {{text("x"), "", at_ms(1)}}},
                   {session_.post(), [&](auto result) { answers += result.has_value(); }});
  }
  store_->load(room("a"), {session_.post(), [&](auto) { ++answers; }});
  store_->write_snapshot({room("b"), kFirstEpoch, Sequence{1}, at_ms(1), text("state")},
                         {session_.post(), [&](auto) { ++answers; }});
  store_.reset();
  while (session_.loop().turn(std::chrono::seconds(0)) > 0) {
  }
  EXPECT_EQ(answers, 52);
}

TEST_P(DocumentStoreContract, Sto18_AWatcherIsToldTheStateNow) {
  std::vector<StorageState> states;
  store_->watch(session_.post(), [&](StorageState state) { states.push_back(state); });
  ASSERT_TRUE(session_.turn_until([&] { return !states.empty(); }));
  EXPECT_THAT(states, ElementsAre(StorageState::ok));
}

TEST_P(DocumentStoreContract, Sto30_VerifyCountsWhatIsThere) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(session_.append("a", i, "x"));
  ASSERT_TRUE(session_.append("b", 1, "x"));
  ASSERT_TRUE(session_.snapshot("b", 1, "x"));
  ASSERT_TRUE(session_.create_version(version_request("a", VersionKind::named, "v")));
  const auto report = session_.verify();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->sound());
  EXPECT_EQ(report->rooms, 2u);
  EXPECT_EQ(report->updates, 3u);
  EXPECT_EQ(report->snapshots, 1u);
  EXPECT_EQ(report->versions, 1u);
}

}  // namespace righttask::store::testing
