#include "api/admin_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace righttask::api {
namespace {

using auth::Holder;
using server::AdminError;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr UnixSeconds kNow{seconds(1'800'000'000)};

RoomName room(std::string_view name) {
  return *RoomName::parse(name);
}

std::string until(std::optional<UnixSeconds> time) {
  if (!time) return "";
  return *time == UnixSeconds::max() ? " for ever"
                                     : " for " + std::to_string((*time - kNow).count());
}

/// Notes what it is asked for, and answers as it was told.
class FakeAdministration final : public server::Administration {
 public:
  std::vector<server::RoomSummary> rooms(std::string_view prefix, std::string_view after,
                                         std::size_t count_max) const override {
    asked.push_back("rooms " + std::string(prefix) + "/" + std::string(after) + "/" +
                    std::to_string(count_max));
    std::vector<server::RoomSummary> out{{room("a"), 2}, {room("b\"\xc3\xa9"), 1}};
    out.resize(std::min(out.size(), count_max), {room("a"), 0});
    return out;
  }
  std::vector<server::MemberSummary> members(const RoomName& of) const override {
    asked.push_back("members " + of.str());
    return {{.id = {ConnectionId((1ULL << 40) + 5), 3},
             .key = "ann",
             .fields = R"("name":"Ann","color":"#123456")",
             .access = Access::read,
             .dialect = "phoenix",
             .since = kNow},
            {.id = {ConnectionId(6), 1},
             .key = "x",
             .fields = "",
             .access = Access::read_write,
             .dialect = "phoenix",
             .since = kNow}};
  }
  Result<std::size_t, AdminError> kick(const server::MemberSelector& who,
                                       std::optional<UnixSeconds> banned_until) override {
    return note("kick " + shown(who) + until(banned_until));
  }
  Result<std::size_t, AdminError> set_access(const server::MemberSelector& who, Access access,
                                             UnixSeconds time) override {
    return note("access " + shown(who) + " " + std::string(protocol::to_string(access)) +
                until(time));
  }
  std::vector<auth::Restriction> restrictions() const override {
    return {{room("a"), {Holder::Kind::subject, "ann"}, std::nullopt, kNow},
            {room("a"), {Holder::Kind::token_id, "t"}, Access::read, UnixSeconds::max()}};
  }
  Result<void, AdminError> lift(const RoomName& of, const Holder& holder) override {
    return done("lift " + of.str() + " " + holder.id +
                (holder.kind == Holder::Kind::subject ? " subject" : " token"));
  }
  Result<void, AdminError> restore(const server::RightsLists&) override { return done("restore"); }
  Result<std::size_t, AdminError> revoke(const auth::RevocationList::Entry& entry) override {
    const bool token = entry.kind == auth::RevocationList::Entry::Kind::token;
    return note("revoke " + entry.id + (token ? " token" : " before" + until(entry.issued_before)) +
                until(entry.ends));
  }
  std::vector<auth::RevocationList::Entry> revocations() const override {
    using Kind = auth::RevocationList::Entry::Kind;
    return {{Kind::token, "t", UnixSeconds(), UnixSeconds::max()},
            {Kind::subject, "ann", kNow, kNow}};
  }
  Result<void, AdminError> lift(auth::RevocationList::Entry::Kind kind,
                                const std::string& id) override {
    return done("lift " + id +
                (kind == auth::RevocationList::Entry::Kind::token ? " token" : " subject"));
  }

  mutable std::vector<std::string> asked;
  std::optional<AdminError> error;

 private:
  static std::string shown(const server::MemberSelector& who) {
    const auto* key = std::get_if<std::string>(&who.who);
    return who.room.str() + " " +
           (key ? *key : "#" + std::to_string(std::get<ConnectionId>(who.who).value()));
  }
  Result<std::size_t, AdminError> note(std::string what) {
    asked.push_back(std::move(what));
    if (error) return fail(*error);
    return std::size_t{2};
  }
  Result<void, AdminError> done(std::string what) {
    asked.push_back(std::move(what));
    if (error) return fail(*error);
    return {};
  }
};

class AdminServiceTest : public ::testing::Test {
 protected:
  /// Status and body; 0 when the request is not the service's.
  using Answer = std::pair<int, std::string>;

  Answer asks(const net::HttpRequest& request) {
    const auto reply = service_->handle(net::ConnectionId(1), request);
    if (!reply) return {0, ""};
    response_ = std::get<net::HttpResponse>(*reply);
    return {response_.status, std::string(as_text(*response_.body))};
  }
  static net::HttpRequest request(std::string method, const std::string& target,
                                  std::string_view body = "", std::string_view secret = kSecret) {
    net::HttpRequest out;
    out.method = std::move(method);
    const auto mark = std::min(target.find('?'), target.size());
    out.path = target.substr(0, mark);
    out.query = mark < target.size() ? target.substr(mark + 1) : "";
    if (!secret.empty()) out.headers.add("Authorization", "Bearer " + std::string(secret));
    out.body = Bytes(body.begin(), body.end());
    return out;
  }
  Answer gets(const std::string& target) { return asks(request("GET", target)); }
  Answer posts(const std::string& path, std::string_view body) {
    return asks(request("POST", path, body));
  }
  void start(const AdminAccess& access, Keeping keeping = {}) {
    service_.emplace(administration_, access, [] { return kNow; }, log_, std::move(keeping));
  }
  void SetUp() override {
    start({.credential = *auth::SharedCredential::from(kSecret), .listener = {}});
  }

  std::ostringstream text_;
  ops::Log log_ = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_));
  FakeAdministration administration_;
  net::HttpResponse response_;
  std::optional<AdminService> service_;
};

TEST_F(AdminServiceTest, IsBelowItsPathAlone) {  // ADM-1
  for (const char* path : {"/", "/admin", "/admin/apis", "/admin/api2/rooms", "/x/admin/api"}) {
    EXPECT_EQ(gets(path).first, 0) << path;
  }
  for (const char* path : {"/admin/api", "/admin/api/", "/admin/api/room", "/admin/api/rooms/",
                           "/admin/api//rooms", "/admin/api/%72ooms"}) {
    EXPECT_EQ(gets(path).first, 404) << path;
  }
}

TEST_F(AdminServiceTest, AsksForItsCredentialWhateverTheAddress) {  // ADM-2, ADM-3
  const std::string jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.AAAA";
  std::optional<std::string> first;
  for (const char* path : {"/admin/api/rooms", "/admin/api/nothing", "/admin/api"}) {
    for (const std::string& secret :
         {std::string(), std::string("x"), jwt, std::string(kSecret) + "0"}) {
      const auto [status, body] = asks(request("GET", path, "", secret));
      EXPECT_EQ(status, 401);
      EXPECT_EQ(body, first.value_or(body));
      first = body;
    }
  }
  auto basic = request("GET", "/admin/api/rooms", "", "");
  basic.headers.add("Authorization", "Basic " + std::string(kSecret));
  EXPECT_EQ(asks(basic).first, 401);
  auto query = request("GET", "/admin/api/rooms?token=" + std::string(kSecret), "", "");
  EXPECT_EQ(asks(query).first, 401);
  EXPECT_THAT(administration_.asked, IsEmpty());
  EXPECT_THAT(text_.str(), HasSubstr("refused for a wrong credential"));
  EXPECT_EQ(text_.str().find(kSecret), std::string::npos);
  EXPECT_EQ(text_.str().find(jwt), std::string::npos);
}

TEST_F(AdminServiceTest, WritesABoundedNumberOfRefusals) {  // ADM-3
  for (int i = 0; i < 200; ++i) asks(request("GET", "/admin/api/rooms", "", "wrong"));
  EXPECT_EQ(std::ranges::count(text_.str(), '\n'), server::RefusalLog::kLinesMax);
}

TEST_F(AdminServiceTest, IsNotThereWithoutACredential) {  // ADM-1
  start({});
  EXPECT_EQ(gets("/admin/api/rooms").first, 404);
  EXPECT_EQ(asks(request("GET", "/admin/api/rooms", "", "")).first, 404);
  EXPECT_EQ(gets("/").first, 0);
}

TEST_F(AdminServiceTest, IsOnItsOwnListenerAloneAndNothingElseThere) {  // ADM-4
  start({.credential = *auth::SharedCredential::from(kSecret), .listener = 1});
  auto there = request("GET", "/admin/api/rooms");
  EXPECT_EQ(asks(there).first, 404);
  there.listener = 1;
  EXPECT_EQ(asks(there).first, 200);
  auto page = request("GET", "/");
  EXPECT_EQ(asks(page).first, 0);
  page.listener = 1;
  EXPECT_EQ(asks(page).first, 404);
}

TEST_F(AdminServiceTest, SaysWhichMethodsAnAddressTakes) {  // ADM-5
  EXPECT_EQ(posts("/admin/api/rooms", "{}").first, 405);
  EXPECT_EQ(asks(request("DELETE", "/admin/api/revocations")).first, 405);
  EXPECT_THAT(response_.headers, testing::Contains(testing::Pair("Allow", "GET, POST")));
  EXPECT_THAT(response_.headers, testing::Contains(testing::Pair("Cache-Control", "no-store")));
}

TEST_F(AdminServiceTest, ListsRooms) {  // ADM-6
  EXPECT_EQ(gets("/admin/api/rooms"),
            Answer(200,
                   "{\"rooms\":[{\"room\":\"a\",\"members\":2},"
                   "{\"room\":\"b\\\"\xc3\xa9\",\"members\":1}],\"more\":false}\n"));
  EXPECT_EQ(gets("/admin/api/rooms?prefix=t%2A&after=t1&limit=1"),
            Answer(200, "{\"rooms\":[{\"room\":\"a\",\"members\":2}],\"more\":true}\n"));
  EXPECT_THAT(administration_.asked, ElementsAre("rooms //101", "rooms t*/t1/2"));
  for (const char* limit : {"0", "1001", "-1", "", "x", "5x"}) {
    EXPECT_EQ(gets("/admin/api/rooms?limit=" + std::string(limit)).first, 400) << limit;
  }
  EXPECT_EQ(gets("/admin/api/rooms?prefix=%").first, 400);
}

TEST_F(AdminServiceTest, ListsMembers) {  // ADM-6
  EXPECT_EQ(
      gets("/admin/api/members?room=a%2Fb"),
      Answer(200,
             R"({"members":[{"connection":"1099511627781","channel":3,"key":"ann","name":"Ann",)"
             R"("scope":"readonly","dialect":"phoenix","since":1800000000},)"
             R"({"connection":"6","channel":1,"key":"x","name":null,"scope":"read-write",)"
             R"("dialect":"phoenix","since":1800000000}]})"
             "\n"));
  EXPECT_THAT(administration_.asked, ElementsAre("members a/b"));
  for (const char* query : {"", "?room=", "?room=%00", "?room=%"}) {
    EXPECT_EQ(gets("/admin/api/members" + std::string(query)).first, 400) << query;
  }
}

TEST_F(AdminServiceTest, Kicks) {  // ADM-7, ADM-5
  EXPECT_EQ(posts("/admin/api/kick", R"({"room":"a","key":"ann"})"),
            Answer(200, "{\"kicked\":2}\n"));
  posts("/admin/api/kick", R"({"room":"a","connection":"1099511627781","ban_seconds":60})");
  EXPECT_THAT(administration_.asked, ElementsAre("kick a ann", "kick a #1099511627781 for 60"));
  EXPECT_THAT(text_.str(), HasSubstr("kicked room \"a\" key \"ann\": 2 memberships ended"));
}

TEST_F(AdminServiceTest, SetsAccess) {  // ADM-8
  EXPECT_EQ(posts("/admin/api/access", R"({"room":"a","key":"ann","scope":"readonly"})").first,
            200);
  EXPECT_THAT(std::string(as_text(*response_.body)), HasSubstr(R"("key":"ann")"));
  EXPECT_THAT(std::string(as_text(*response_.body)), testing::Not(HasSubstr(R"("key":"x")")));
  posts("/admin/api/access", R"({"room":"a","key":"b","scope":"readonly","seconds":5})");
  posts("/admin/api/access", R"({"room":"a","key":"b","scope":"read-write"})");
  EXPECT_THAT(administration_.asked, ElementsAre("access a ann readonly for ever", "members a",
                                                 "access a b readonly for 5", "members a",
                                                 "access a b read-write for ever", "members a"));
}

TEST_F(AdminServiceTest, ListsAndLiftsRestrictions) {  // ADM-9
  EXPECT_EQ(gets("/admin/api/restrictions"),
            Answer(200, R"({"restrictions":[{"room":"a","subject":"ann","scope":"none",)"
                        R"("ends":1800000000},)"
                        R"({"room":"a","token_id":"t","scope":"readonly","ends":null}]})"
                        "\n"));
  EXPECT_EQ(posts("/admin/api/restrictions/lift", R"({"room":"a","subject":"ann"})"),
            Answer(200, "{}\n"));
  posts("/admin/api/restrictions/lift", R"({"room":"a","token_id":"t"})");
  EXPECT_THAT(administration_.asked, ElementsAre("lift a ann subject", "lift a t token"));
}

TEST_F(AdminServiceTest, RevokesListsAndLifts) {  // ADM-10
  EXPECT_EQ(posts("/admin/api/revocations", R"({"token_id":"t","ends":1800000100})"),
            Answer(200, "{\"ended\":2}\n"));
  posts("/admin/api/revocations", R"({"subject":"ann"})");
  posts("/admin/api/revocations", R"({"subject":"ann","issued_before":1800000050,"ends":null})");
  posts("/admin/api/revocations/lift", R"({"subject":"ann"})");
  posts("/admin/api/revocations/lift", R"({"token_id":"t"})");
  EXPECT_THAT(administration_.asked,
              ElementsAre("revoke t token for 100", "revoke ann before for 1 for ever",
                          "revoke ann before for 50 for ever", "lift ann subject", "lift t token"));
  EXPECT_EQ(gets("/admin/api/revocations"),
            Answer(200, R"({"revocations":[{"token_id":"t","ends":null},)"
                        R"({"subject":"ann","issued_before":1800000000,"ends":1800000000}]})"
                        "\n"));
}

TEST_F(AdminServiceTest, RefusesBodiesThatSayNothingClear) {  // ADM-5
  const struct {
    const char *path, *body, *says;
  } cases[] = {
      {"kick", "", "has to be a JSON object"},
      {"kick", "[]", "has to be a JSON object"},
      {"kick", R"({"room":"a","key":"b","key":"c"})", "has to be a JSON object"},
      {"kick", R"({"key":"ann"})", "room: is missing"},
      {"kick", R"({"room":5,"key":"ann"})", "room: has to be a string"},
      {"kick", R"({"room":"","key":"ann"})", "room: "},
      {"kick", R"({"room":"a"})", "either key or connection"},
      {"kick", R"({"room":"a","key":"b","connection":"1"})", "either key or connection"},
      {"kick", R"({"room":"a","connection":1})", "connection: has to be a string"},
      {"kick", R"({"room":"a","connection":"1x"})", "connection: has to be the number"},
      {"kick", R"({"room":"a","connection":"-1"})", "connection: has to be the number"},
      {"kick", R"({"room":"a","connection":""})", "connection: has to be the number"},
      {"kick", R"({"room":"a","key":"b","ban_seconds":0})", "ban_seconds: has to be a whole"},
      {"kick", R"({"room":"a","key":"b","ban_seconds":1.5})", "ban_seconds: has to be a whole"},
      {"kick", R"({"room":"a","key":"b","ban_second":9})", "ban_second: there is no such field"},
      {"access", R"({"room":"a","key":"b"})", "scope: is missing"},
      {"access", R"({"room":"a","key":"b","scope":"none"})", "scope: has to be read-write"},
      {"access", R"({"room":"a","key":"b","scope":"read-write","seconds":5})",
       "seconds: goes with"},
      {"restrictions/lift", R"({"subject":"a"})", "room: is missing"},
      {"restrictions/lift", R"({"room":"a"})", "either subject or token_id"},
      {"revocations", "{}", "either subject or token_id"},
      {"revocations", R"({"token_id":"a","subject":"b"})", "either subject or token_id"},
      {"revocations", R"({"token_id":"a","issued_before":5})", "issued_before: there is no such"},
      {"revocations", R"({"subject":"a","ends":-1})", "ends: has to be a whole number"},
      {"revocations", R"({"subject":"a","ends":9999999999999})", "ends: has to be a whole number"},
  };
  for (const auto& c : cases) {
    const auto [status, body] = posts("/admin/api/" + std::string(c.path), c.body);
    EXPECT_EQ(status, 400) << c.body;
    EXPECT_THAT(body, HasSubstr(c.says)) << c.body;
  }
  EXPECT_THAT(administration_.asked, IsEmpty());
  EXPECT_EQ(text_.str(), "");
}

TEST_F(AdminServiceTest, SaysWhyItCannotBeDone) {  // ADM-5
  for (const auto& [error, status] : {std::pair{AdminError::nobody, 404},
                                      {AdminError::open_mode, 409},
                                      {AdminError::unholdable, 409},
                                      {AdminError::id_malformed, 400},
                                      {AdminError::list_full, 503}}) {
    administration_.error = error;
    EXPECT_EQ(posts("/admin/api/kick", R"({"room":"a","key":"b"})").first, status);
    EXPECT_THAT(std::string(as_text(*response_.body)), HasSubstr(R"({"error":")"));
    EXPECT_EQ(posts("/admin/api/revocations/lift", R"({"subject":"b"})").first, status);
  }
  EXPECT_EQ(text_.str(), "");
}

/// Keeps when it is told to.
struct FakeLedger final : server::RightsLedger {
  void keep(server::RightsLists lists, Done done) override {
    kept = std::move(lists);
    waiting.push_back(std::move(done));
  }
  server::RightsLists kept;
  std::vector<Done> waiting;
};

TEST_F(AdminServiceTest, AnswersOnceWhatWasDoneIsKept) {  // ADM-13
  FakeLedger ledger;
  std::vector<Answer> answers;
  start(
      {.credential = *auth::SharedCredential::from(kSecret), .listener = {}},
      {.ledger = &ledger, .respond = [&](net::ConnectionId id, const net::HttpResponse& response) {
         EXPECT_EQ(id, net::ConnectionId(1));
         answers.emplace_back(response.status, as_text(*response.body));
         return true;
       }});
  const std::pair<const char*, const char*> acts[] = {
      {"/admin/api/kick", R"({"room":"a","key":"ann","ban_seconds":9})"},
      {"/admin/api/access", R"({"room":"a","key":"ann","scope":"readonly"})"},
      {"/admin/api/restrictions/lift", R"({"room":"a","subject":"ann"})"},
      {"/admin/api/revocations", R"({"subject":"ann"})"},
      {"/admin/api/revocations/lift", R"({"subject":"ann"})"},
  };
  for (const auto& [path, body] : acts) {
    const auto reply = service_->handle(net::ConnectionId(1), request("POST", path, body));
    ASSERT_TRUE(reply && std::holds_alternative<net::Deferred>(*reply)) << path;
    ASSERT_EQ(ledger.waiting.size(), 1U) << path;
    EXPECT_THAT(answers, IsEmpty());
    ledger.waiting[0](true);
    ledger.waiting.clear();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].first, 200) << path;
    answers.clear();
  }
  EXPECT_EQ(ledger.kept.restrictions, administration_.restrictions());
  EXPECT_EQ(ledger.kept.revocations, administration_.revocations());

  const auto reply =
      service_->handle(net::ConnectionId(1), request("POST", acts[3].first, acts[3].second));
  ASSERT_TRUE(reply);
  ledger.waiting[0](false);
  EXPECT_EQ(answers[0].first, 500);
  EXPECT_THAT(answers[0].second, HasSubstr("in effect, but could not be written down"));
  EXPECT_EQ(posts("/admin/api/kick", R"({"room":"a","key":"ann"})").first, 200);  // keeps nothing
  EXPECT_EQ(gets("/admin/api/restrictions").first, 200);
}

TEST_F(AdminServiceTest, ForgesNoLineOfTheLog) {  // ADM-11
  posts("/admin/api/kick", R"({"room":"a","key":"b\nadmin 1.2.3.4: forged"})");
  EXPECT_EQ(std::ranges::count(text_.str(), '\n'), 1);
}

}  // namespace
}  // namespace righttask::api
