#include "app/doc_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "app/options.h"

namespace righttask::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::optional<DocCommand> parse(const std::vector<std::string>& arguments) {
  const auto parsed = parse_command_line(arguments, "1.2.3", {});
  const auto* command = std::get_if<DocCommand>(&parsed);
  return command == nullptr ? std::nullopt : std::optional(*command);
}

TEST(DocVerb, UnderstandsTheCommandLine) {  // CLI-1
  const auto restore = parse({"doc", "restore", "a room", "17", "--data", "/d", "--json"});
  ASSERT_TRUE(restore.has_value());
  EXPECT_EQ(restore->verb, "restore");
  EXPECT_EQ(restore->room, "a room");
  EXPECT_EQ(restore->version, 17U);
  EXPECT_EQ(restore->data_dir, "/d");
  EXPECT_TRUE(restore->json);
  const auto show = parse({"doc", "show", "r"});
  ASSERT_TRUE(show.has_value());
  EXPECT_EQ(show->version, std::nullopt);
  EXPECT_EQ(show->data_dir, "data");
  EXPECT_EQ(parse({"doc", "show", "r", "--version", "3"})->version, 3U);
  const auto version = parse({"doc", "version", "r", "before the party"});
  ASSERT_TRUE(version.has_value());
  EXPECT_EQ(version->verb, "version");
  EXPECT_EQ(version->name, "before the party");
  EXPECT_EQ(version->version, std::nullopt);
  const auto backup = parse({"backup", "file"});
  ASSERT_TRUE(backup.has_value());
  EXPECT_EQ(backup->verb, "backup");
  EXPECT_EQ(backup->file, "file");
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"doc"},
                                                                 {"doc", "restore", "r"},
                                                                 {"doc", "show"},
                                                                 {"doc", "version", "r"},
                                                                 {"backup"},
                                                                 {"doc", "other"}}) {
    EXPECT_FALSE(parse(wrong).has_value());
  }
}

/// Answers from a list, and notes what was asked.
struct Asked {
  std::vector<std::map<std::string, std::string>> parameters;
  std::vector<DocAnswer> answers;

  Exit run(const DocCommand& command) {
    return run_doc(command,
                   [this](const api::DocumentCall& call) -> Result<DocAnswer, std::string> {
                     parameters.push_back(call.parameters);
                     if (parameters.size() > answers.size())
                       return fail(std::string("nobody answers"));
                     return answers[parameters.size() - 1];
                   });
  }
};

TEST(DocCommand, ListsAllPages) {  // CLI-5
  Asked asked;
  const auto page = [](const std::string& room, const std::string& more) {
    return DocAnswer{200, R"({"rooms":[{"room":")" + room +
                              R"(","changed_at":"2026-11-25T18:00:00Z","updates":3,)"
                              R"("update_bytes":2048,"snapshot_bytes":0,"versions":1,)"
                              R"("set_aside":0}],"continue_after":)" +
                              more + "}"};
  };
  asked.answers = {page("a", "\"a\""), page("long name", "null")};
  const Exit exit = asked.run({.verb = "ls"});
  EXPECT_EQ(exit.code, kDocDone);
  EXPECT_EQ(exit.out,
            "ROOM       CHANGED               UPDATES  SIZE   VERSIONS  SET ASIDE\n"
            "a          2026-11-25T18:00:00Z  3        2 KiB  1         0\n"
            "long name  2026-11-25T18:00:00Z  3        2 KiB  1         0\n");
  ASSERT_EQ(asked.parameters.size(), 2U);
  EXPECT_THAT(asked.parameters[1], ElementsAre(Pair("after", "a")));
}

TEST(DocCommand, ShowsADocumentAsItIs) {  // CLI-5
  Asked asked;
  asked.answers = {
      {200, "{\"name\":\",\\\"document\\\":\",\"document\":{\"n\":1e400,\"a\":[]}}\n"}};
  EXPECT_EQ(asked.run({.verb = "show", .room = "r"}).out, "{\"n\":1e400,\"a\":[]}\n");
}

TEST(DocCommand, FailsWithTheSentenceOfTheAnswer) {  // CLI-4
  Asked asked;
  asked.answers = {{404, R"({"error":"no such room"})"}, {500, "what?"}};
  for (const std::string want : {"no such room", "refused with 500", "nobody answers"}) {
    const Exit exit = asked.run({.verb = "compact", .room = "r"});
    EXPECT_EQ(exit.code, kDocRefused);
    EXPECT_EQ(exit.err, "righttask doc compact: " + want + "\n");
    EXPECT_EQ(exit.out, "");
  }
}

TEST(DocCommand, SaysWhetherTheStoreIsSound) {  // CLI-9
  Asked asked;
  asked.answers = {{200, R"({"sound":true,"rooms":2,"structure_checked":true,"problems":[]})"},
                   {200, R"({"sound":false,"rooms":2,"structure_checked":false,"problem_count":1,)"
                         R"("problems":["room a: update 3 is damaged"]})"}};
  EXPECT_EQ(asked.run({.verb = "verify"}).code, kDocDone);
  const Exit exit = asked.run({.verb = "verify"});
  EXPECT_EQ(exit.code, kDocRefused);
  EXPECT_THAT(exit.out, HasSubstr("update 3 is damaged\n1 problems\n"));
  EXPECT_THAT(exit.out, HasSubstr("not checked"));
}

TEST(DocCommand, ABackupIsAskedForByItsWholePath) {  // CLI-10
  Asked asked;
  asked.answers = {{200, R"({"bytes":4096})"}};
  EXPECT_EQ(asked.run({.verb = "backup", .file = "file"}).out, "wrote 4 KiB to file\n");
  EXPECT_EQ(asked.parameters[0]["file"], (std::filesystem::current_path() / "file").string());
}

}  // namespace
}  // namespace righttask::app
