#include "room/room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "ydoc/doc.h"

namespace righttask {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

using Lines = std::vector<std::string>;

/// One character put in front of the root text "t" by this client at this clock.
Bytes typed(std::uint8_t client, std::uint8_t clock, char character) {
  return bytes(1, 1, client, clock, 4, 1, 1, 't', 1, character, 0);
}

MemberId member(std::uint64_t connection) {
  return {ConnectionId(connection), 1};
}

std::string keys(const std::vector<PresenceEntry>& entries) {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const auto& entry : entries) names.push_back(entry.key);
  std::ranges::sort(names);
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

std::string describe(const ServerMessage& message) {
  struct Visitor {
    std::string operator()(const Joined& m) const {
      return "joined " + std::to_string(m.state->size()) + "B";
    }
    std::string operator()(const Accepted&) const { return "accepted"; }
    std::string operator()(const Refused& m) const {
      return "refused " + std::string(to_string(m.reason));
    }
    std::string operator()(const PresenceState& m) const { return "state " + keys(*m.entries); }
    std::string operator()(const PresenceDiff& m) const {
      return "diff +" + keys(m.joins) + " -" + keys(m.leaves);
    }
    std::string operator()(const DocumentUpdate& m) const {
      return "update " + std::to_string(m.update->size()) + "B";
    }
    std::string operator()(const Relayed& m) const {
      return m.event + " " + std::string(as_text(*m.json));
    }
    std::string operator()(const SyncAnswer& m) const {
      return "lacks " + std::to_string(m.state->size()) + "B, has " +
             std::to_string(m.state_vector.size()) + "B";
    }
    std::string operator()(const SyncAsked& m) const {
      return "asked beyond " + std::to_string(m.state_vector.size()) + "B";
    }
    std::string operator()(const AwarenessUpdate& m) const {
      return "awareness " + std::to_string(m.update->size()) + "B";
    }
    std::string operator()(const RoomFailed&) const { return "failed"; }
    std::string operator()(const StorageNotice& m) const {
      return "storage " + std::string(to_string(m.state));
    }
    std::string operator()(const RoomDeleted&) const { return "deleted"; }
  };
  return std::visit(Visitor{}, message);
}

std::string describe(const Effect& effect) {
  if (const auto* send = std::get_if<Send>(&effect)) {
    return std::to_string(send->to.connection.value()) +
           (send->ticket.text.empty() ? "" : "[" + send->ticket.text + "]") + ": " +
           describe(send->message);
  }
  if (const auto* cast = std::get_if<Broadcast>(&effect)) {
    const std::string whom =
        cast->except ? "all but " + std::to_string(cast->except->connection.value()) : "all";
    return whom + ": " + describe(cast->message);
  }
  if (const auto* some = std::get_if<Announce>(&effect)) {
    std::string whom;
    for (const MemberId& id : some->to) {
      whom += (whom.empty() ? "" : ",") + std::to_string(id.connection.value());
    }
    return whom + ": " + describe(some->message);
  }
  if (const auto* wake = std::get_if<WakeAt>(&effect)) {
    return "wake at " +
           std::to_string(wake->when.time_since_epoch() / std::chrono::milliseconds(1));
  }
  if (const auto* persist = std::get_if<Persist>(&effect)) {
    return "persist " + std::to_string(persist->update->size()) + "B" +
           (persist->author.empty() ? "" : " by " + persist->author);
  }
  return "close";
}

class RoomTest : public testing::Test {
 protected:
  Lines says(const RoomMessage& message) {
    effects.clear();
    room.on(message, now(), effects);
    const auto is_turn_end = [](const Effect& e) { return std::holds_alternative<AtTurnEnd>(e); };
    if (std::erase_if(effects, is_turn_end) > 0) room.on_turn_end(now(), effects);
    for (const Effect& effect : effects) asked += std::holds_alternative<Persist>(effect);
    if (disk == Disk::immediate) room.on_stored(asked, now(), effects);
    return lines();
  }
  Lines stored(std::uint64_t count) {
    effects.clear();
    room.on_stored(count, now(), effects);
    return lines();
  }
  Lines storage(StorageState state) {
    effects.clear();
    room.on_storage(state, effects);
    return lines();
  }
  Lines wakes() {
    effects.clear();
    room.on_wake(now(), effects);
    return lines();
  }
  Lines joins(std::uint64_t who, const std::string& key,
              std::optional<Bytes> state_vector = std::nullopt,
              Access access = Access::read_write) {
    return says(JoinRequest{member(who), {"j"}, access, {key, ""}, std::move(state_vector)});
  }
  Lines updates(std::uint64_t who, Bytes update) {
    return says(UpdateRequest{member(who), {"u"}, share(std::move(update))});
  }
  Lines leaves(std::uint64_t who, LeaveReason reason = LeaveReason::left) {
    return says(LeaveRequest{member(who), reason});
  }
  /// The answer to the join in the last effects.
  const Joined& joined() { return std::get<Joined>(std::get<Send>(effects.at(0)).message); }

  RoomNow now() const {
    return {Instant(milliseconds), UnixSeconds(std::chrono::seconds(1'700'000'000))};
  }

  Lines lines() const {
    Lines out;
    for (const Effect& effect : effects) {
      if (disk == Disk::asked || !std::holds_alternative<Persist>(effect)) {
        out.push_back(describe(effect));
      }
    }
    return out;
  }

  /// immediate: everything is stored at once, and `lines` does not speak of it.
  enum class Disk { immediate, asked };
  Disk disk = Disk::immediate;
  std::uint64_t asked = 0;

  Limits limits = [] {
    Limits some;
    some.document_rest = {};
    return some;
  }();
  Rng rng{1};
  Room room{*RoomName::parse("a"), limits, rng};
  std::chrono::milliseconds milliseconds{0};
  Effects effects;
};

TEST_F(RoomTest, AnswersAJoinThenShowsWhoIsHere) {  // ROOM-2, ROOM-3
  EXPECT_THAT(joins(1, "ann"), ElementsAre("1[j]: joined 2B", "1: state ann", "all: diff +ann -"));
  EXPECT_EQ(*joined().state, bytes(0, 0));
  EXPECT_EQ(joined().state_vector, bytes(0));
  EXPECT_THAT(joins(2, "bob"),
              ElementsAre("2[j]: joined 2B", "2: state ann,bob", "all: diff +bob -"));
  EXPECT_EQ(room.members(), 2U);
}

TEST_F(RoomTest, GivesANewcomerOneMergedUpdate) {  // ROOM-2
  joins(1, "ann");
  updates(1, typed(1, 0, 'a'));
  updates(1, typed(1, 1, 'b'));
  joins(2, "bob");
  EXPECT_EQ(joined().state_vector, bytes(1, 1, 2));
  ydoc::Doc newcomer;
  ASSERT_TRUE(newcomer.apply_update_v1(*joined().state));
  EXPECT_EQ(newcomer.encode_state_vector_v1(), bytes(1, 1, 2));
}

TEST_F(RoomTest, GivesAClientWhatItLacks) {  // ROOM-2
  joins(1, "ann");
  updates(1, typed(1, 0, 'a'));
  updates(1, typed(1, 1, 'b'));
  joins(2, "bob", bytes(1, 1, 1));
  ydoc::Doc other;
  ASSERT_TRUE(other.apply_update_v1(typed(1, 0, 'a')));
  ASSERT_TRUE(other.apply_update_v1(*joined().state));
  EXPECT_EQ(other.encode_state_vector_v1(), bytes(1, 1, 2));
  joins(3, "cy", bytes(1, 1, 2));
  EXPECT_EQ(*joined().state, bytes(0, 0));
}

TEST_F(RoomTest, RefusesABrokenStateVector) {  // ROOM-4
  for (const Bytes& bad : {Bytes{}, bytes(1), bytes(1, 1), bytes(0x80), bytes(0, 0),
                           bytes(0x80, 0x80, 0x80, 0x80, 0x0f)}) {
    EXPECT_THAT(joins(1, "ann", bad), ElementsAre("1[j]: refused invalid_state_vector"));
  }
  EXPECT_EQ(room.members(), 0U);
  EXPECT_THAT(joins(1, "ann"), ElementsAre("1[j]: joined 2B", "1: state ann", "all: diff +ann -"));
}

TEST_F(RoomTest, TakesASecondJoinOfOneMemberForABug) {
  joins(1, "ann");
  EXPECT_THROW(joins(1, "ann"), BugError);
}

TEST_F(RoomTest, RelaysAnUpdateByteForByteThenAcknowledges) {  // ROOM-5
  joins(1, "ann");
  joins(2, "bob");
  EXPECT_THAT(updates(1, typed(1, 0, 'a')), ElementsAre("all but 1: update 11B", "1[u]: accepted"));
  EXPECT_EQ(*std::get<DocumentUpdate>(std::get<Broadcast>(effects[0]).message).update,
            typed(1, 0, 'a'));
}

TEST_F(RoomTest, AcknowledgesWhatBringsNothingNewAndRelaysItNot) {  // ROOM-6
  joins(1, "ann");
  updates(1, typed(1, 0, 'a'));
  EXPECT_THAT(updates(1, typed(1, 0, 'a')), ElementsAre("1[u]: accepted"));
  EXPECT_THAT(updates(1, bytes(0, 0)), ElementsAre("1[u]: accepted"));
  joins(2, "bob");
  EXPECT_THAT(updates(2, Bytes(*joined().state)), ElementsAre("2[u]: accepted"));
}

// The updates are those of Yjs 13.6.33, and so is the cleanup: a document that holds the text and
// is given the two edits in the order of the first test deletes the mark by the same bytes.
struct RedundantMark {
  // Client 1 puts the text "abc" under "t" of the root "m",
  Bytes text = bytes(1, 2, 1, 0, 39, 1, 1, 'm', 1, 't', 2, 4, 0, 1, 0, 3, 'a', 'b', 'c', 0);
  // and makes "bc" bold: a mark before and one behind.
  Bytes bold = bytes(1, 2, 1, 4, 198, 1, 1, 1, 2, 1, 'b', 4, 't', 'r', 'u', 'e',  //
                     134, 1, 3, 1, 'b', 4, 'n', 'u', 'l', 'l', 0);
  // Client 2, who has not heard of it, deletes "bc", so that nothing is left between the marks.
  Bytes deletion = bytes(0, 1, 1, 1, 2, 2);
  Bytes cleanup = bytes(0, 1, 1, 1, 4, 1);
};

TEST_F(RoomTest, RelaysTheCleanupOfFormatMarksToEverybody) {  // ROOM-7
  const RedundantMark edits;
  joins(1, "ann");
  joins(2, "bob");
  updates(1, edits.text);
  EXPECT_THAT(updates(1, edits.bold), ElementsAre("all but 1: update 27B", "1[u]: accepted"));
  const auto state_is_bold = [&] { return as_text(*joined().state).contains("true"); };
  joins(3, "cy");
  EXPECT_TRUE(state_is_bold());
  EXPECT_THAT(updates(2, edits.deletion),
              ElementsAre("all but 2: update 6B", "all: update 6B", "2[u]: accepted"));
  std::vector<Bytes> relayed;
  for (const Effect& effect : effects) {
    const auto* cast = std::get_if<Broadcast>(&effect);
    if (cast != nullptr) relayed.push_back(*std::get<DocumentUpdate>(cast->message).update);
  }
  EXPECT_THAT(relayed, ElementsAre(edits.deletion, edits.cleanup));
  // The first client finds the mark by itself and pushes the same: nothing new.
  EXPECT_THAT(updates(1, edits.cleanup), ElementsAre("1[u]: accepted"));
  joins(4, "di");
  EXPECT_FALSE(state_is_bold()) << "newcomers get a document without the mark";
}

TEST_F(RoomTest, RelaysNoCleanupWhereYjsFindsNone) {  // ROOM-7
  const RedundantMark edits;
  joins(1, "ann");
  joins(2, "bob");
  updates(1, edits.text);
  updates(2, edits.deletion);
  EXPECT_THAT(updates(1, edits.bold), ElementsAre("all but 1: update 27B", "1[u]: accepted"));
}

TEST_F(RoomTest, RelaysAnUpdateThatWaitsForAnother) {  // ROOM-8
  joins(1, "ann");
  EXPECT_THAT(updates(1, typed(1, 1, 'b')), ElementsAre("all but 1: update 11B", "1[u]: accepted"));
  EXPECT_THAT(updates(1, typed(1, 1, 'b')), ElementsAre("1[u]: accepted"));
  joins(2, "bob");
  ydoc::Doc newcomer;
  ASSERT_TRUE(newcomer.apply_update_v1(*joined().state));
  EXPECT_TRUE(newcomer.has_pending());
  EXPECT_THAT(updates(1, typed(1, 0, 'a')), ElementsAre("all but 1: update 11B", "1[u]: accepted"));
  ASSERT_TRUE(newcomer.apply_update_v1(typed(1, 0, 'a')));
  EXPECT_EQ(newcomer.encode_state_vector_v1(), bytes(1, 1, 2));
}

TEST_F(RoomTest, RefusesABrokenUpdateSilentlyToTheOthers) {  // ROOM-9
  joins(1, "ann");
  joins(2, "bob");
  updates(1, typed(1, 0, 'a'));
  Bytes cut = typed(1, 1, 'b');
  cut.pop_back();
  for (const Bytes& bad : {Bytes{}, bytes(0), bytes(1), bytes(255), cut, bytes(0, 0, 0)}) {
    EXPECT_THAT(updates(1, bad), ElementsAre("1[u]: refused invalid_update"));
  }
  joins(3, "cy");
  EXPECT_EQ(joined().state_vector, bytes(1, 1, 1));
}

TEST_F(RoomTest, RefusesAReadersUpdate) {  // ROOM-9
  joins(1, "ann");
  joins(2, "bob", std::nullopt, Access::read);
  EXPECT_THAT(updates(2, typed(2, 0, 'x')), ElementsAre("2[u]: refused read_only"));
  EXPECT_THAT(says(RelayRequest{member(2), "awareness", share(bytes('1'))}),
              ElementsAre("all but 2: awareness 1"));
}

TEST_F(RoomTest, RefusesMoreThanMayWait) {  // ROOM-10, LIM-12
  limits.pending_bytes_max = 100;
  room = Room(*RoomName::parse("a"), limits, rng);
  joins(1, "ann");
  Lines answers;
  for (std::uint8_t client = 1; client < 30; ++client) {
    const Lines said = updates(1, typed(client, 5, 'x'));
    answers.push_back(said.back());
    const bool relayed = said.size() == 2;
    EXPECT_EQ(relayed, answers.back() == "1[u]: accepted");
  }
  EXPECT_EQ(answers.front(), "1[u]: accepted");
  EXPECT_EQ(answers.back(), "1[u]: refused pending_limit");
  EXPECT_EQ(updates(1, typed(1, 0, 'a')).back(), "1[u]: accepted")
      << "what need not wait is still taken";
}

TEST_F(RoomTest, RelaysWhatCouldBeAppliedThoughTheRestMayNotWait) {  // ROOM-10
  limits.pending_bytes_max = 1;
  room = Room(*RoomName::parse("a"), limits, rng);
  joins(1, "ann");
  const Bytes both = bytes(2,                                  // two clients:
                           1, 2, 5, 4, 1, 1, 't', 1, 'x',      // 2 at clock 5 has to wait
                           1, 1, 0, 4, 1, 1, 't', 1, 'a', 0);  // 1 at clock 0 has not
  disk = Disk::asked;
  EXPECT_THAT(updates(1, both),
              ElementsAre("all but 1: update 20B", "persist 20B", "1[u]: refused pending_limit"));
}

TEST_F(RoomTest, HoldsMembersToWhatTheyMayDoFromNowOn) {  // ROOM-28
  joins(1, "ann");
  joins(2, "bob");
  EXPECT_THAT(says(AccessRequest{member(1), Access::read}), IsEmpty());
  EXPECT_THAT(updates(1, typed(1, 0, 'a')), ElementsAre("1[u]: refused read_only"));
  EXPECT_THAT(says(AccessRequest{member(1), Access::read_write}),
              ElementsAre("1: asked beyond 1B"));
  EXPECT_THAT(says(AccessRequest{member(1), Access::read_write}), IsEmpty());
  EXPECT_THAT(updates(1, typed(1, 0, 'a')), Contains("1[u]: accepted"));
  EXPECT_THAT(says(AccessRequest{member(3), Access::read_write}), IsEmpty());
  EXPECT_THAT(updates(3, typed(3, 0, 'a')), ElementsAre("3[u]: refused not_joined"));
}

TEST_F(RoomTest, RelaysEventsToTheOthers) {  // ROOM-15
  joins(1, "ann");
  joins(2, "bob");
  const RelayRequest relay{member(1), "awareness", share(bytes('{', '}'))};
  for (int i = 0; i < 2; ++i) EXPECT_THAT(says(relay), ElementsAre("all but 1: awareness {}"));
}

TEST_F(RoomTest, ChangesPresence) {  // ROOM-12
  joins(1, "ann");
  EXPECT_THAT(says(PresenceRequest{member(1), {"p"}, "new"}),
              ElementsAre("1[p]: accepted", "all: diff +ann -ann"));
  EXPECT_THAT(says(PresenceRequest{member(1), {"p"}, "new"}), ElementsAre("1[p]: accepted"));
}

TEST_F(RoomTest, LetsADocumentRestThatNobodyWritesTo) {  // ROOM-31
  limits.document_rest = std::chrono::seconds(30);
  joins(1, "ann");
  EXPECT_THAT(updates(1, typed(1, 0, 'a')), Contains("wake at 30000"));
  milliseconds = std::chrono::seconds(20);
  EXPECT_THAT(updates(1, typed(1, 1, 'b')), testing::Not(Contains("wake at 50000")));
  milliseconds = std::chrono::seconds(30);
  EXPECT_THAT(wakes(), ElementsAre("wake at 50000"));
  milliseconds = std::chrono::seconds(50);
  EXPECT_THAT(wakes(), IsEmpty());
  EXPECT_THAT(joins(2, "bob"), Contains(testing::StartsWith("2[j]: joined")));
  ydoc::Doc copy;
  ASSERT_TRUE(copy.apply_update_v1(*joined().state));
  EXPECT_EQ(copy.encode_state_as_update_v1(), room.document().encode_state_as_update_v1());
  EXPECT_THAT(updates(2, typed(2, 0, 'c')), Contains("2[u]: accepted"));
}

TEST_F(RoomTest, TellsAllWhoComeInOneTurnTogether) {  // ROOM-3, ROOM-14
  joins(1, "ann");
  effects.clear();
  for (std::uint64_t who = 2; who <= 4; ++who) {
    room.on(
        JoinRequest{member(who), {"j"}, Access::read_write, {"u" + std::to_string(who), ""}, {}},
        now(), effects);
  }
  const auto turn_ends = [](const Effect& e) { return std::holds_alternative<AtTurnEnd>(e); };
  EXPECT_EQ(std::ranges::count_if(effects, turn_ends), 1);
  effects.clear();
  room.on_turn_end(now(), effects);
  EXPECT_THAT(lines(), ElementsAre("2,3,4: state ann,u2,u3,u4", "all: diff +u2,u3,u4 -"));
  effects.clear();
  room.on_turn_end(now(), effects);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(RoomTest, TellsACrowdOfChangesNowAndThen) {  // ROOM-14
  for (std::uint64_t who = 1; who < 50; ++who) {
    EXPECT_THAT(joins(who, "u" + std::to_string(who)), testing::SizeIs(3));
  }
  EXPECT_THAT(joins(50, "u50"), testing::SizeIs(3));
  milliseconds += std::chrono::milliseconds(10);
  EXPECT_THAT(joins(51, "u51"),
              testing::ElementsAre("51[j]: joined 2B", testing::StartsWith("51: state"),
                                   testing::StartsWith("wake at")));
  EXPECT_THAT(leaves(1), IsEmpty());
  milliseconds += std::chrono::milliseconds(40);
  EXPECT_THAT(wakes(), ElementsAre("all: diff +u51 -u1"));
}

TEST_F(RoomTest, TellsOfALeaveAtOnce) {  // ROOM-13
  joins(1, "ann");
  joins(2, "bob");
  EXPECT_THAT(leaves(1), ElementsAre("all: diff + -ann"));
  EXPECT_EQ(room.members(), 1U);
}

TEST_F(RoomTest, KeepsTheLostForTheGracePeriod) {  // ROOM-13
  joins(1, "ann");
  joins(2, "bob");
  milliseconds += std::chrono::seconds(10);
  EXPECT_THAT(leaves(1, LeaveReason::lost), ElementsAre("wake at 13000"));
  EXPECT_EQ(room.members(), 1U);
  EXPECT_THAT(joins(3, "cy"),
              ElementsAre("3[j]: joined 2B", "3: state ann,bob,cy", "all: diff +cy -"));
  milliseconds += std::chrono::milliseconds(2'999);
  EXPECT_THAT(wakes(), ElementsAre("wake at 13000"));
  milliseconds += std::chrono::milliseconds(1);
  EXPECT_THAT(wakes(), ElementsAre("all: diff + -ann"));
  EXPECT_THAT(wakes(), IsEmpty());
}

TEST_F(RoomTest, DoesNotFlapWhenTheLostReturn) {  // ROOM-13
  joins(1, "ann");
  joins(2, "bob");
  leaves(1, LeaveReason::lost);
  milliseconds += std::chrono::milliseconds(2'999);
  EXPECT_THAT(joins(3, "ann"),
              ElementsAre("3[j]: joined 2B", "3: state ann,bob", "all: diff +ann -ann"));
  milliseconds += std::chrono::seconds(10);
  EXPECT_THAT(wakes(), IsEmpty());
}

TEST_F(RoomTest, ClosesSomeTimeAfterTheLastLeave) {  // ROOM-16
  joins(1, "ann");
  joins(2, "bob");
  leaves(1);
  milliseconds += std::chrono::seconds(5);
  EXPECT_THAT(leaves(2), ElementsAre("wake at 65000"));
  milliseconds += std::chrono::milliseconds(59'999);
  EXPECT_THAT(wakes(), ElementsAre("wake at 65000"));
  milliseconds += std::chrono::milliseconds(1);
  EXPECT_THAT(wakes(), ElementsAre("close"));
}

TEST_F(RoomTest, ClosesAfterTheLastLoss) {  // ROOM-13, ROOM-16
  joins(1, "ann");
  EXPECT_THAT(leaves(1, LeaveReason::lost), ElementsAre("wake at 3000"));
  milliseconds = std::chrono::seconds(3);
  EXPECT_THAT(wakes(), ElementsAre("wake at 60000"));  // and nobody is told
  milliseconds = std::chrono::seconds(60);
  EXPECT_THAT(wakes(), ElementsAre("close"));
}

TEST_F(RoomTest, StaysOpenForOneWhoComesBack) {  // ROOM-16
  joins(1, "ann");
  updates(1, typed(1, 0, 'a'));
  leaves(1);
  milliseconds = std::chrono::seconds(59);
  joins(2, "ann");
  EXPECT_EQ(joined().state_vector, bytes(1, 1, 1));
  milliseconds = std::chrono::seconds(60);
  EXPECT_THAT(wakes(), IsEmpty());
  leaves(2);
  EXPECT_THAT(lines(), testing::Contains("wake at 120000"));
}

TEST_F(RoomTest, AnswersStrangers) {  // ROOM-17
  joins(1, "ann");
  EXPECT_THAT(updates(2, typed(1, 0, 'a')), ElementsAre("2[u]: refused not_joined"));
  EXPECT_THAT(says(PresenceRequest{member(2), {"p"}, ""}), ElementsAre("2[p]: refused not_joined"));
  EXPECT_THAT(says(RelayRequest{member(2), "awareness", share(bytes('1'))}), IsEmpty());
  EXPECT_THAT(leaves(2), IsEmpty());
  EXPECT_THAT(leaves(2, LeaveReason::lost), IsEmpty());
  const MemberId other_channel{ConnectionId(1), 2};
  EXPECT_THAT(says(UpdateRequest{other_channel, {"u"}, share(typed(1, 0, 'a'))}),
              ElementsAre("1[u]: refused not_joined"));
}

// ---- what is stored ---------------------------------------------------------------------------

TEST_F(RoomTest, AcknowledgesWhenItIsStoredAndRelaysAtOnce) {  // ROOM-18
  disk = Disk::asked;
  says(JoinRequest{member(1), {"j"}, Access::read_write, {"ann", ""}, std::nullopt, "Ann"});
  EXPECT_THAT(updates(1, typed(1, 0, 'a')),
              ElementsAre("all but 1: update 11B", "persist 11B by Ann"));
  EXPECT_THAT(updates(1, typed(1, 1, 'b')),
              ElementsAre("all but 1: update 11B", "persist 11B by Ann"));
  EXPECT_THAT(stored(1), ElementsAre("1[u]: accepted"));
  EXPECT_THAT(stored(1), IsEmpty());
  EXPECT_THAT(stored(2), ElementsAre("1[u]: accepted"));
}

TEST_F(RoomTest, ARepeatedUpdateWaitsForWhatItRepeats) {  // ROOM-18
  disk = Disk::asked;
  joins(1, "ann");
  joins(2, "bob");
  updates(1, typed(1, 0, 'a'));
  EXPECT_THAT(updates(2, typed(1, 0, 'a')), IsEmpty());
  EXPECT_THAT(updates(2, bytes(0, 0)), IsEmpty()) << "nor is an empty one ahead of others";
  EXPECT_THAT(stored(1), ElementsAre("1[u]: accepted", "2[u]: accepted", "2[u]: accepted"));
  EXPECT_THAT(updates(2, typed(1, 0, 'a')), ElementsAre("2[u]: accepted"));
}

TEST_F(RoomTest, OnlySoManyWaitForTheDisk) {  // ROOM-18
  disk = Disk::asked;
  joins(1, "ann");
  updates(1, typed(1, 0, 'a'));
  for (std::size_t i = 1; i < Room::kWaitingMax; ++i) updates(1, typed(1, 0, 'a'));
  EXPECT_THAT(updates(1, typed(1, 1, 'b')), ElementsAre("all but 1: update 11B", "persist 11B",
                                                        "1[u]: refused storage_unavailable"));
  EXPECT_EQ(stored(1).size(), Room::kWaitingMax);
  EXPECT_THAT(updates(1, typed(1, 1, 'b')), IsEmpty()) << "it waits as ever";
  EXPECT_THAT(stored(2), ElementsAre("1[u]: accepted"));
}

TEST_F(RoomTest, StoresTheCleanupBehindTheUpdateThatLedToIt) {  // ROOM-7, ROOM-18
  const RedundantMark edits;
  joins(1, "ann");
  updates(1, edits.text);
  updates(1, edits.bold);
  disk = Disk::asked;
  EXPECT_THAT(updates(1, edits.deletion),
              ElementsAre("all but 1: update 6B", "persist 6B", "all: update 6B", "persist 6B"));
  EXPECT_THAT(stored(3), IsEmpty());
  EXPECT_THAT(stored(4), ElementsAre("1[u]: accepted"));
}

TEST_F(RoomTest, SaysThatTheDiskTakesNothingAndKeepsRelaying) {  // ROOM-19
  disk = Disk::asked;
  joins(1, "ann");
  updates(1, typed(1, 0, 'a'));
  EXPECT_THAT(storage(StorageState::full),
              ElementsAre("1[u]: refused storage_unavailable", "all: storage full"));
  EXPECT_THAT(updates(1, typed(1, 1, 'b')), ElementsAre("all but 1: update 11B", "persist 11B",
                                                        "1[u]: refused storage_unavailable"));
  EXPECT_THAT(updates(1, typed(1, 0, 'a')), ElementsAre("1[u]: refused storage_unavailable"));
  EXPECT_THAT(joins(2, "bob"), Contains("2: storage full"));
  EXPECT_THAT(stored(2), IsEmpty()) << "they have had their answers";
  EXPECT_THAT(storage(StorageState::ok), ElementsAre("all: storage ok"));
  EXPECT_THAT(storage(StorageState::ok), IsEmpty());
  EXPECT_THAT(updates(1, typed(1, 1, 'b')), ElementsAre("1[u]: accepted"));
}

TEST_F(RoomTest, ClosesWhenEverythingIsStored) {  // ROOM-16
  disk = Disk::asked;
  joins(1, "ann");
  updates(1, typed(1, 0, 'a'));
  leaves(1);
  milliseconds = std::chrono::seconds(60);
  EXPECT_THAT(wakes(), IsEmpty());
  EXPECT_THAT(stored(1), testing::Contains("close"));
}

TEST_F(RoomTest, GoesOnFromWhatWasStored) {  // ROOM-20
  ASSERT_TRUE(room.restore(typed(1, 0, 'a')));
  ASSERT_TRUE(room.restore(typed(1, 2, 'c'))) << "waits for another";
  ASSERT_TRUE(room.restore(typed(1, 1, 'b')));
  EXPECT_FALSE(room.restore(bytes(255)));
  disk = Disk::asked;
  joins(1, "ann");
  EXPECT_EQ(joined().state_vector, bytes(1, 1, 3));
  EXPECT_THAT(updates(1, typed(1, 0, 'a')), ElementsAre("1[u]: accepted"));
}

TEST_F(RoomTest, RestoresWhatIsLargerThanAMessageMayBe) {  // ROOM-20
  limits.message_bytes_max = 10;
  room = Room(*RoomName::parse("a"), limits, rng);
  EXPECT_TRUE(room.restore(typed(1, 0, 'a')));
  joins(1, "ann");
  EXPECT_EQ(joined().state_vector, bytes(1, 1, 1));
  EXPECT_THAT(updates(1, typed(1, 1, 'b')), ElementsAre("1[u]: refused invalid_update"));
}

TEST_F(RoomTest, RestoresWhatWaitsForMoreThanMayWaitNow) {  // ROOM-20
  limits.pending_bytes_max = 1;
  room = Room(*RoomName::parse("a"), limits, rng);
  ASSERT_TRUE(room.restore(typed(1, 1, 'b')));
  joins(1, "ann");
  EXPECT_THAT(updates(1, typed(2, 1, 'x')), ElementsAre("1[u]: refused pending_limit"));
  updates(1, typed(1, 0, 'a'));
  joins(2, "bob");
  EXPECT_EQ(joined().state_vector, bytes(1, 1, 2));
}

TEST_F(RoomTest, RestoresWhateverWaitsOrCollides) {  // ROOM-20
  limits.pending_bytes_max = 1;
  limits.conflict_steps_max = 1;
  room = Room(*RoomName::parse("a"), limits, rng);
  EXPECT_TRUE(room.restore(typed(1, 5, 'x'))) << "waits for another";
  for (std::uint8_t client = 10; client < 20; ++client) {  // each at the same place
    EXPECT_TRUE(room.restore(typed(client, 0, 'x')));
  }
  joins(1, "ann");
  const auto have = ydoc::StateVector::decode(joined().state_vector);
  EXPECT_EQ(have->entries().size(), 10U);
  EXPECT_TRUE(room.document().has_pending());
}

TEST_F(RoomTest, RefusesMoreCollisionsThanItMayCost) {  // LIM-33
  limits.conflict_steps_max = 3;
  room = Room(*RoomName::parse("a"), limits, rng);
  joins(1, "ann");
  for (std::uint8_t client = 1; client <= 5; ++client) updates(1, typed(client, 0, 'x'));
  // Two structs of one client, each of which has to pass the five.
  const Bytes both = bytes(1, 2, 9, 0, 4, 1, 1, 't', 1, 'x', 4, 1, 1, 't', 1, 'y', 0);
  EXPECT_EQ(updates(1, both).back(), "1[u]: refused pending_limit");
}

TEST_F(RoomTest, TellsCopiesOfADeletedRoom) {  // ROOM-21
  room.bury(*ydoc::StateVector::decode(bytes(2, 7, 3, 5, 1)));
  EXPECT_THAT(joins(1, "ann", bytes(1, 5, 1)), ElementsAre("1[j]: refused room_deleted"));
  EXPECT_EQ(room.members(), 0U);
  joins(2, "bob", bytes(1, 9, 4));
  EXPECT_THAT(updates(2, typed(7, 0, 'x')), ElementsAre("2[u]: refused room_deleted"));
  EXPECT_THAT(updates(2, typed(7, 3, 'x')), ElementsAre("2[u]: refused room_deleted"))
      << "what the copy has added";
  EXPECT_THAT(updates(2, bytes(0, 1, 7, 1, 0, 1)), ElementsAre("2[u]: refused room_deleted"))
      << "a deletion";
  const Bytes behind = bytes(1, 1, 9, 0, 0x84, 7, 2, 1, 'x', 0);
  EXPECT_THAT(updates(2, behind), ElementsAre("2[u]: refused room_deleted")) << "built on it";
  const Bytes within = bytes(1, 1, 9, 0, 4, 0, 7, 2, 1, 'x', 0);
  EXPECT_THAT(updates(2, within), ElementsAre("2[u]: refused room_deleted")) << "in a type of it";
  EXPECT_THAT(updates(2, typed(9, 0, 'x')), ElementsAre("all but 2: update 11B", "2[u]: accepted"));
}

TEST_F(RoomTest, EditsOfTheServerReachEverybody) {  // ROOM-22
  disk = Disk::asked;
  joins(1, "ann");
  effects.clear();
  ASSERT_TRUE(room.edit(share(typed(3, 0, 'r')), "admin", effects));
  EXPECT_THAT(lines(), ElementsAre("all: update 11B", "persist 11B by admin"));
  EXPECT_FALSE(room.edit(share(bytes(255)), "admin", effects));
  limits.pending_bytes_max = 1;
  room = Room(*RoomName::parse("a"), limits, rng);
  EXPECT_FALSE(room.edit(share(typed(3, 1, 'r')), "admin", effects)) << "it was dropped";
}

TEST_F(RoomTest, ARoomMadeWithoutAJoinClosesWhenIdle) {  // ROOM-16
  effects.clear();
  room.start_idle(now(), effects);
  EXPECT_THAT(lines(), ElementsAre("wake at 60000"));
  milliseconds = std::chrono::seconds(60);
  EXPECT_THAT(wakes(), ElementsAre("close"));
}

}  // namespace
}  // namespace righttask
