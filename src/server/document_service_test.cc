#include "server/document_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "runtime/work_queue.h"
#include "server/testing/silent_dialect.h"
#include "store/memory/memory_store.h"
#include "ydoc/codec/convert.h"
#include "ydoc/doc.h"
#include "ydoc/types/shared.h"

// Documents seen from outside, and the versions that rooms leave behind, on a clock of the test's
// own.

namespace righttask::server {
namespace {

using namespace std::chrono_literals;
using store::VersionKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class PlainDialect : public SilentDialect {
 public:
  std::optional<protocol::Frame> encode_broadcast(const protocol::Audience&,
                                                  const ServerMessage& message) const override {
    const auto* update = std::get_if<DocumentUpdate>(&message);
    if (update == nullptr) return std::nullopt;
    return protocol::Frame{protocol::FrameKind::binary, *update->update};
  }
};

/// A member's copy of the document, and what happens on which clock.
class Outlet : public RoomOutlet {
 public:
  void deliver(MemberId, const Ticket&, const ServerMessage& message) override {
    if (const auto* joined = std::get_if<Joined>(&message)) {
      EXPECT_TRUE(copy.apply_update_v1(*joined->state).has_value());
    }
    if (std::holds_alternative<Accepted>(message)) ++accepted;
    if (std::holds_alternative<RoomDeleted>(message)) ++deleted;
    if (const auto* refused = std::get_if<Refused>(&message)) refusals.push_back(refused->reason);
  }
  std::optional<Reception> reception(MemberId) const override {
    return Reception{&dialect_, {0, "a"}};
  }
  void send(const std::vector<ConnectionId>&, const protocol::Frame& frame) override {
    EXPECT_TRUE(copy.apply_update_v1(frame.payload).has_value());
  }
  void close(ConnectionId) override {}
  void wake_at(const RoomName&, Instant when) override { wake = when; }
  void forget_wake(const RoomName&) override { wake.reset(); }
  void flush_soon() override { flush_asked = true; }
  void call_after(Duration delay, runtime::Task task) override {
    later.emplace(clock.monotonic + delay, std::move(task));
  }
  RoomNow now() const override { return clock; }

  ydoc::Doc copy{{.client_id = 9}};
  int accepted = 0, deleted = 0;
  std::vector<Refusal> refusals;
  std::optional<Instant> wake;
  bool flush_asked = false;
  std::multimap<Instant, runtime::Task> later;
  RoomNow clock{Instant(1h), UnixSeconds(std::chrono::seconds(1'800'000'000))};

 private:
  PlainDialect dialect_;
};

class DocumentServiceTest : public testing::Test {
 protected:
  /// Carries out what there is to do, and what comes of that.
  void settle() {
    for (;;) {
      if (std::exchange(outlet.flush_asked, false)) host.flush();
      if (!carry_out(Duration::zero())) return;
    }
  }
  /// False if nothing has come in this time.
  bool carry_out(Duration wait_max) {
    std::vector<runtime::Task> tasks;
    answers.take(tasks, wait_max);
    for (runtime::Task& task : tasks) task();
    return !tasks.empty();
  }
  /// Time goes by, a minute at a time.
  void pass(std::chrono::minutes time) {
    for (; time > 0min; time -= 1min) {
      outlet.clock.monotonic += 1min;
      outlet.clock.wall += 1min;
      while (!outlet.later.empty() && outlet.later.begin()->first <= outlet.clock.monotonic) {
        auto task = std::move(outlet.later.extract(outlet.later.begin()).mapped());
        task();
      }
      if (outlet.wake && *outlet.wake <= outlet.clock.monotonic) host.wake(room, outlet.clock);
      settle();
    }
  }
  void join(std::optional<Bytes> have = std::nullopt) {
    host.on(room, JoinRequest{ann, {"j"}, Access::read_write, {"u", ""}, have, "Ann"},
            outlet.clock);
    settle();
  }
  void leave() {
    host.on(room, LeaveRequest{ann, LeaveReason::left}, outlet.clock);
    settle();
  }
  /// Ann's edit, in the copy and in the room.
  template <typename Act>
  void edit(Act act) {
    std::vector<Bytes> made;
    const auto told = outlet.copy.on_update_v1([&](const ydoc::UpdateEvent& event) {
      made.emplace_back(event.update.begin(), event.update.end());
    });
    act(outlet.copy);
    for (Bytes& update : made) {
      host.on(room, UpdateRequest{ann, {"u"}, share(std::move(update))}, outlet.clock);
    }
    settle();
  }
  void type(std::string_view text) {
    edit([&](ydoc::Doc& doc) { EXPECT_TRUE(doc.text("t").insert(0, text).has_value()); });
  }
  std::string text() { return outlet.copy.text("t").text(); }

  /// Asks and waits for the answer.
  template <typename T, typename... Args>
  Result<T, DocumentFailure> ask(void (DocumentService::*what)(Args...), auto... given) {
    std::optional<Result<T, DocumentFailure>> result;
    (service.*what)(std::move(given)..., DocumentService::Then<T>([&](auto answer) {
                      EXPECT_FALSE(result.has_value()) << "answered twice";
                      result = std::move(answer);
                    }));
    EXPECT_FALSE(result.has_value()) << "answered inside the call";
    settle();
    while (!result.has_value() && carry_out(10s)) settle();  // the other thread's
    EXPECT_TRUE(result.has_value());
    return *std::move(result);
  }
  std::vector<store::VersionInfo> versions() {
    return ask<store::VersionPage>(&DocumentService::versions, room,
                                   std::optional<store::VersionId>(), std::size_t{1000})
        ->versions;
  }
  std::string json_of(store::VersionId id) {
    return ask<VersionView>(&DocumentService::version, room, id)->json;
  }
  template <typename T>
  static std::optional<DocumentError> error(const Result<T, DocumentFailure>& result) {
    return result ? std::nullopt : std::optional(result.error().error);
  }

  Limits limits;
  Rng rng{1};
  runtime::WorkQueue<runtime::Task> answers{0};
  store::MemoryStore store;
  Outlet outlet;
  RoomName room = *RoomName::parse("r");
  MemberId ann{ConnectionId(1), 1};
  RoomStorage storage{
      &store, [this](runtime::Task task) { EXPECT_TRUE(answers.push(std::move(task), 0)); }};
  RoomHost host{limits, rng, ops::open_log("off"), outlet, storage};
  DocumentService service{host, storage, limits};
};

// ---- automatic versions -------------------------------------------------------------------------

TEST_F(DocumentServiceTest, AVersionHoldsEveryChangeAfterTenMinutes) {  // VER-1, VER-3
  join();
  type("a");
  pass(9min);
  EXPECT_THAT(versions(), IsEmpty());
  type("b");
  pass(2min);
  const auto made = versions();
  ASSERT_THAT(made, SizeIs(1));
  EXPECT_EQ(made[0].kind, VersionKind::automatic);
  EXPECT_EQ(made[0].author, "Ann");
  EXPECT_EQ(json_of(made[0].id), R"({"t":"ba"})");
  pass(60min);
  EXPECT_THAT(versions(), SizeIs(1)) << "nothing has changed since";
  type("c");
  pass(12min);
  EXPECT_THAT(versions(), SizeIs(2));
}

TEST_F(DocumentServiceTest, AVersionIsThereSoonerAfterManyUpdatesAndWhenTheRoomCloses) {  // VER-1
  limits.version_updates = 5;
  join();
  for (int i = 0; i < 5; ++i) type("x");
  ASSERT_THAT(versions(), SizeIs(1));
  EXPECT_EQ(json_of(versions()[0].id), R"({"t":"xxxxx"})");
  type("y");
  leave();
  pass(2min);
  EXPECT_EQ(host.rooms(), 0U);
  ASSERT_THAT(versions(), SizeIs(2));
  EXPECT_EQ(json_of(versions()[0].id), R"({"t":"yxxxxx"})");
  join();
  leave();
  pass(2min);
  EXPECT_THAT(versions(), SizeIs(2)) << "nothing has changed since";
}

TEST_F(DocumentServiceTest, WhatWasWrittenBeforeAStopIsInAVersionBeforeAnythingElse) {  // VER-1
  join();
  type("a");
  RoomHost second{limits, rng, ops::open_log("off"), outlet, storage};  // the first was stopped
  const auto load = [&] {
    second.visit(room, [](Result<const Room*, Refusal> there) { EXPECT_TRUE(there); });
    settle();
  };
  load();
  EXPECT_THAT(versions(), IsEmpty()) << "not due yet";

  RoomHost third{limits, rng, ops::open_log("off"), outlet, storage};
  outlet.clock.wall += 72h;
  std::optional<std::size_t> listed;
  third.visit(room, [&](Result<const Room*, Refusal>) { listed = versions().size(); });
  settle();
  EXPECT_EQ(listed, 1U);
  ASSERT_THAT(versions(), SizeIs(1));
  EXPECT_EQ(json_of(versions()[0].id), R"({"t":"a"})");
  EXPECT_EQ(versions()[0].author, "Ann");

  RoomHost fourth{limits, rng, ops::open_log("off"), outlet, storage};
  outlet.clock.wall += 72h;
  fourth.visit(room, [](Result<const Room*, Refusal>) {});
  settle();
  EXPECT_THAT(versions(), SizeIs(1)) << "nothing has changed since";
}

TEST_F(DocumentServiceTest, WhatWasWrittenShortlyBeforeAStopIsInAVersionInTime) {  // VER-1
  join();
  type("a");
  RoomHost second{limits, rng, ops::open_log("off"), outlet, storage};
  outlet.later.clear();  // the first does nothing any more
  outlet.clock.wall += 5min;
  second.visit(room, [](Result<const Room*, Refusal>) {});
  settle();
  pass(4min);
  EXPECT_THAT(versions(), IsEmpty());
  pass(2min);
  EXPECT_THAT(versions(), SizeIs(1));
}

TEST_F(DocumentServiceTest, KeepsNoMoreVersionsThanItMay) {  // VER-2
  limits.versions_per_room_max = 4;
  join();
  for (int i = 0; i < 10; ++i) {
    type("x");
    pass(12min);
  }
  EXPECT_THAT(versions(), SizeIs(4));
  EXPECT_EQ(json_of(versions()[0].id), R"({"t":"xxxxxxxxxx"})") << "the newest stays";
}

// ---- named ones, and restoring ------------------------------------------------------------------

TEST_F(DocumentServiceTest, NamesVersions) {  // VER-4, VER-5
  EXPECT_EQ(error(ask<store::VersionInfo>(&DocumentService::name_version, room, std::string("n"),
                                          std::string("Ann"))),
            DocumentError::no_such_room);
  join();
  type("a");
  const auto made = ask<store::VersionInfo>(&DocumentService::name_version, room,
                                            std::string("first"), std::string("Bob"));
  ASSERT_TRUE(made.has_value());
  const auto listed = versions();
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].id, made->id);
  EXPECT_EQ(listed[0].name, "first");
  EXPECT_EQ(listed[0].author, "Bob");
  EXPECT_EQ(listed[0].kind, VersionKind::named);
  EXPECT_EQ(ask<store::VersionInfo>(&DocumentService::rename_version, room, made->id,
                                    std::string("other"))
                ->name,
            "other");
  EXPECT_EQ(error(ask<store::VersionInfo>(&DocumentService::rename_version, room,
                                          store::VersionId{99}, std::string("other"))),
            DocumentError::no_such_version);
  EXPECT_EQ(error(ask<VersionView>(&DocumentService::version, room, store::VersionId{99})),
            DocumentError::no_such_version);
}

TEST_F(DocumentServiceTest, BoundsNamedVersions) {  // LIM-32
  limits.named_versions_per_room_max = 1;
  join();
  type("a");
  const auto name = [&] {
    return error(ask<store::VersionInfo>(&DocumentService::name_version, room, std::string("n"),
                                         std::string()));
  };
  EXPECT_EQ(name(), std::nullopt);
  EXPECT_EQ(name(), DocumentError::too_many);
}

TEST_F(DocumentServiceTest, BoundsWhatIsReadAtOnce) {  // LIM-37
  join();
  type("a");
  const auto id =
      ask<store::VersionInfo>(&DocumentService::name_version, room, std::string("n"), std::string())
          ->id;
  int shown = 0, busy = 0;
  for (int i = 0; i < 20; ++i) {
    service.version(room, id, [&](Result<VersionView, DocumentFailure> view) {
      view ? ++shown : ++busy;
      EXPECT_TRUE(view || view.error().error == DocumentError::unavailable);
    });
  }
  while (shown + busy < 20 && carry_out(10s)) {
  }
  EXPECT_EQ(shown, 16);
  EXPECT_EQ(busy, 4);
  EXPECT_EQ(json_of(id), R"({"t":"a"})") << "and then there is room again";
}

TEST_F(DocumentServiceTest, BoundsNamedVersionsHoweverTheyComeToBeOnes) {  // LIM-32, VER-4
  limits.named_versions_per_room_max = 2;
  join();
  type("a");
  std::vector<std::optional<DocumentError>> answers_at_once;
  for (int i = 0; i < 3; ++i) {
    service.name_version(room, "n", "", [&](auto made) { answers_at_once.push_back(error(made)); });
  }
  settle();
  EXPECT_THAT(answers_at_once,
              ElementsAre(std::nullopt, std::nullopt, std::optional(DocumentError::too_many)));
  type("b");
  pass(12min);
  const auto listed = versions();
  ASSERT_THAT(listed, SizeIs(3));
  const auto rename = [&](const store::VersionInfo& version) {
    return error(ask<store::VersionInfo>(&DocumentService::rename_version, room, version.id,
                                         std::string("other")));
  };
  EXPECT_EQ(listed[0].kind, VersionKind::automatic);
  EXPECT_EQ(rename(listed[0]), DocumentError::too_many);
  EXPECT_EQ(rename(listed[1]), std::nullopt) << "it is a named one already";
}

TEST_F(DocumentServiceTest, ALongNameOfAnAuthorIsCut) {  // LIM-19
  const std::string name(300, 'x'), kept(255, 'x');
  host.on(room, JoinRequest{ann, {"j"}, Access::read_write, {"u", ""}, std::nullopt, name},
          outlet.clock);
  settle();
  type("a");
  pass(12min);
  ASSERT_THAT(versions(), SizeIs(1));
  EXPECT_EQ(versions()[0].author, kept);
  const auto named =
      ask<store::VersionInfo>(&DocumentService::name_version, room, std::string("v"), name);
  ASSERT_TRUE(named.has_value()) << named.error().sentence;
  EXPECT_EQ(named->author, kept);
  type("b");
  EXPECT_TRUE(ask<store::VersionId>(&DocumentService::restore, room, named->id, name).has_value());
  EXPECT_EQ(text(), "a");
}

TEST_F(DocumentServiceTest,
       RestoringReachesMembersAndTheStoreAndKeepsWhatWasThere) {  // VER-6, VER-8
  join();
  type("old");
  const auto old = ask<store::VersionInfo>(&DocumentService::name_version, room, std::string("v"),
                                           std::string());
  edit([](ydoc::Doc& doc) { EXPECT_TRUE(doc.text("t").remove(0, 3).has_value()); });
  type("new");
  const auto restored =
      ask<store::VersionId>(&DocumentService::restore, room, old->id, std::string("Bob"));
  ASSERT_TRUE(restored.has_value()) << restored.error().sentence;
  EXPECT_EQ(text(), "old");
  const auto listed = versions();
  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0].kind, VersionKind::automatic);
  EXPECT_EQ(json_of(listed[0].id), R"({"t":"new"})");
  leave();
  pass(2min);
  ASSERT_EQ(host.rooms(), 0U);
  EXPECT_EQ(ask<DocumentView>(&DocumentService::show, room)->json, R"({"t":"old"})");
  // And back.
  EXPECT_TRUE(ask<store::VersionId>(&DocumentService::restore, room, listed[0].id, std::string()));
  EXPECT_EQ(ask<DocumentView>(&DocumentService::show, room)->json, R"({"t":"new"})");
  EXPECT_EQ(error(ask<store::VersionId>(&DocumentService::restore, room, store::VersionId{99},
                                        std::string())),
            DocumentError::no_such_version);
}

TEST_F(DocumentServiceTest, WhatComesDuringARestoreIsInAVersionToo) {  // VER-8
  join();
  type("old");
  const auto old = ask<store::VersionInfo>(&DocumentService::name_version, room, std::string("v"),
                                           std::string());
  type("not so ");
  std::optional<bool> restored;
  service.restore(room, old->id, "", [&](auto result) { restored = result.has_value(); });
  // Until the store has been asked for the version of what is there.
  const auto kept = [&] {
    std::size_t count = 0;
    store.list_versions(room, std::nullopt, 10,
                        {[](runtime::Task task) { task(); },
                         [&](const auto& page) { count = page->versions.size(); }});
    return count;
  };
  while (kept() < 2) ASSERT_TRUE(carry_out(10s));
  type("very late: ");
  while (!restored && carry_out(10s)) settle();
  EXPECT_EQ(restored, true);
  EXPECT_EQ(text(), "old");
  EXPECT_EQ(json_of(versions()[0].id), R"({"t":"very late: not so old"})");
}

TEST_F(DocumentServiceTest, EveryRestoreHasAClientOfItsOwn) {  // VER-9
  join();
  type("a");
  const auto id =
      ask<store::VersionInfo>(&DocumentService::name_version, room, std::string("v"), std::string())
          ->id;
  for (std::size_t times = 1; times <= 5; ++times) {
    edit([](ydoc::Doc& doc) { EXPECT_TRUE(doc.text("t").remove(0, 1).has_value()); });
    ASSERT_TRUE(ask<store::VersionId>(&DocumentService::restore, room, id, std::string()));
    EXPECT_EQ(ask<DocumentView>(&DocumentService::show, room)->clients, 1 + times);
  }
}

// ---- documents ----------------------------------------------------------------------------------

TEST_F(DocumentServiceTest, ExportsAndImportsBothEncodings) {  // CLI-5, CLI-6
  join();
  type("text");
  const auto state = ask<SharedBytes>(&DocumentService::export_state, room);
  ASSERT_TRUE(state.has_value());
  const Bytes v2 = *ydoc::convert_v1_to_v2(**state);
  const auto into = [&](std::string_view name, const Bytes& update) {
    return ask<store::Sequence>(&DocumentService::import, *RoomName::parse(name),
                                share(Bytes(update)), std::string("Ann"));
  };
  for (const auto& [name, update] : {std::pair{"one", **state}, std::pair{"two", v2}}) {
    EXPECT_EQ(into(name, update), store::Sequence{1});
    EXPECT_EQ(ask<DocumentView>(&DocumentService::show, *RoomName::parse(name))->json,
              R"({"t":"text"})");
  }
  EXPECT_EQ(error(into("three", Bytes{1, 2, 3})), DocumentError::refused);
}

TEST_F(DocumentServiceTest, SaysThatARoomIsNotThere) {
  EXPECT_EQ(error(ask<DocumentView>(&DocumentService::show, room)), DocumentError::no_such_room);
  EXPECT_EQ(error(ask<SharedBytes>(&DocumentService::export_state, room)),
            DocumentError::no_such_room);
  EXPECT_EQ(error(ask<store::Sequence>(&DocumentService::compact, room)),
            DocumentError::no_such_room);
  EXPECT_EQ(error(ask<store::Epoch>(&DocumentService::remove, room)), DocumentError::no_such_room);
  EXPECT_THAT(versions(), IsEmpty());
}

TEST_F(DocumentServiceTest, ADeletedRoomIsToldAndItsCopiesStayOut) {  // ROOM-21, ROOM-27
  join();
  type("a");
  const auto state = ask<SharedBytes>(&DocumentService::export_state, room);
  ASSERT_TRUE(ask<store::Epoch>(&DocumentService::remove, room));
  EXPECT_EQ(outlet.deleted, 1);
  join(outlet.copy.encode_state_vector_v1());
  EXPECT_THAT(outlet.refusals, ElementsAre(Refusal::room_deleted));
  const auto again = ask<store::Sequence>(&DocumentService::import, room, *state, std::string());
  EXPECT_EQ(error(again), DocumentError::refused) << "or all of them would be shut out";
}

TEST_F(DocumentServiceTest, CompactsTheLog) {  // CLI-9
  join();
  for (int i = 0; i < 10; ++i) type("x");
  const auto updates = [&] {
    return ask<store::RoomPage>(&DocumentService::list, std::optional<RoomName>(), std::size_t{10})
        ->rooms.at(0)
        .updates;
  };
  EXPECT_EQ(updates(), 10U);
  EXPECT_EQ(ask<store::Sequence>(&DocumentService::compact, room), store::Sequence{10});
  EXPECT_EQ(updates(), 0U);
  EXPECT_EQ(ask<store::Sequence>(&DocumentService::compact, room), store::Sequence{10});
  type("y");
  EXPECT_EQ(ask<DocumentView>(&DocumentService::show, room)->json, R"({"t":"yxxxxxxxxxx"})");
}

TEST_F(DocumentServiceTest, AServerThatKeepsNothingSaysSo) {
  RoomHost rooms{limits, rng, ops::open_log("off"), outlet};
  DocumentService nothing{rooms, {nullptr, storage.post}, limits};
  std::vector<DocumentError> errors;
  const auto note = [&](auto result) { errors.push_back(result.error().error); };
  nothing.list(std::nullopt, 1, note);
  nothing.show(room, note);
  nothing.import(room, share(Bytes{0, 0}), "", note);
  nothing.remove(room, note);
  nothing.versions(room, std::nullopt, 1, note);
  nothing.name_version(room, "n", "", note);
  nothing.restore(room, store::VersionId{1}, "", note);
  nothing.verify(note);
  nothing.backup("/nowhere", note);
  settle();
  EXPECT_THAT(errors, SizeIs(9));
  EXPECT_THAT(errors, testing::Each(DocumentError::keeps_nothing));
}

}  // namespace
}  // namespace righttask::server
