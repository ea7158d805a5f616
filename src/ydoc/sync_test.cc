#include "ydoc/sync.h"

#include <gtest/gtest.h>

namespace ydoc {
namespace {

using righttask::bytes;
using righttask::Reader;

// SYNC-1.
TEST(Sync, ReadsAndWritesEveryKind) {
  for (const auto kind : {SyncKind::step1, SyncKind::step2, SyncKind::update}) {
    const Bytes payload = bytes(0, 0);
    const Bytes message = sync_message(kind, payload);
    EXPECT_EQ(message, bytes(static_cast<int>(kind), 2, 0, 0));
    Reader reader(message);
    const auto read = read_sync(reader);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(Bytes(read->payload.begin(), read->payload.end()), payload);
    EXPECT_TRUE(reader.done());
  }
}

// SYNC-4.
TEST(Sync, LeavesWhatFollows) {
  const Bytes two = bytes(0, 1, 0, 2, 2, 0, 0);
  Reader reader(two);
  EXPECT_EQ(read_sync(reader)->kind, SyncKind::step1);
  EXPECT_EQ(read_sync(reader)->kind, SyncKind::update);
  EXPECT_TRUE(reader.done());
}

TEST(Sync, RefusesMalformedInput) {
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"kind 3", bytes(3, 0), DecodeError::unknown_message},
      {"kind alone", bytes(0), DecodeError::truncated},
      {"payload beyond the end", bytes(2, 4, 0xff), DecodeError::truncated},
      {"length above 2^53-1", bytes(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
       DecodeError::integer_too_large},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Reader reader(c.input);
    EXPECT_EQ(read_sync(reader).error(), c.want);
  }
}

}  // namespace
}  // namespace ydoc
