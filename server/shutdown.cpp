#include "common/observation/log.hpp"
#include "server/parts.hpp"

#include <caf/send.hpp>

#include <limits>

namespace musterd {
namespace {

/// Time for the root to kill overdue children and report them.
constexpr std::chrono::milliseconds time_to_kill{500};

using shutdown_clock = std::chrono::steady_clock;
using names_of_killed = std::future<std::vector<std::string>>;

/// Ends the root's children down to a layer. Ready at once, though broken, if the root is dead.
names_of_killed end_children(server::parts& p, int down_to, shutdown_clock::time_point deadline) {
  auto done = std::make_shared<std::promise<std::vector<std::string>>>();
  auto killed = done->get_future();
  if (p.root)
    caf::anon_send(p.root, stop_children{std::move(done), deadline, down_to});
  return killed;
}

/// At `cut_at`, ends all waiting for the database, so that the rest can end.
void await_or_cut(server::parts& p, names_of_killed& ended, shutdown_clock::time_point cut_at) {
  if (ended.wait_until(cut_at) == std::future_status::ready)
    return;
  p.cut.request_stop();
  p.reads.stop();
}

std::vector<std::string> result_of(names_of_killed& ended, shutdown_clock::time_point deadline) {
  if (ended.wait_until(deadline + time_to_kill) != std::future_status::ready)
    return {"root"};
  try {
    return ended.get();
  } catch (const std::future_error&) {
    return {"root"};
  }
}

/// Writes what was committed since the last write, which only this process remembers. The file may be on a
/// hanging disk, and the chore may still be waiting for it.
void keep_last_anchors(server::parts& p, shutdown_clock::time_point deadline) {
  auto tried = std::make_shared<std::promise<void>>();
  auto over = tried->get_future();
  auto not_written = [](const std::exception& e) {
    log::error({"audit", "anchors_not_written"}, "{}", e.what());
  };
  auto write = [&p, tried, not_written] {
    try {
      p.anchors.write_noted(std::numeric_limits<std::size_t>::max());
    } catch (const std::ios_base::failure& e) {
      not_written(e);
    }
    tried->set_value();
  };
  try {
    p.threads.start(write);
  } catch (const std::system_error& e) {  // out of threads
    return not_written(e);
  }
  if (over.wait_until(deadline) != std::future_status::ready)
    log::error({"audit", "anchors_not_written"},
               "the anchor file does not answer; the last ends of {} chains are not in it",
               p.anchors.unwritten());
}

}  // namespace

std::vector<std::string> server::stop(std::chrono::milliseconds grace) {
  auto& p = *parts_;
  auto deadline = shutdown_clock::now() + grace;
  auto cut_at = deadline - grace * 3 / 10;
  // Whatever hangs there must not take the time of requests that the journal still has to commit.
  auto background_deadline = deadline - grace / 5;
  auto background = end_children(p, background_layer, background_deadline);
  if (auto cut_short =
          p.http.stop(std::chrono::ceil<std::chrono::milliseconds>(cut_at - shutdown_clock::now()));
      cut_short > 0)
    log::warn({"server", "requests_cut_short"}, "{} requests were still in flight", cut_short);
  p.ops.stop(std::chrono::milliseconds{0});
  await_or_cut(p, background, cut_at);
  result_of(background, background_deadline);
  auto all = end_children(p, 0, deadline);
  await_or_cut(p, all, cut_at);
  auto left = result_of(all, deadline);
  keep_last_anchors(p, deadline);
  p.cut.request_stop();
  p.reads.stop();
  // Wait here, while everything the callbacks use still exists.
  auto reads_ended = p.reads.wait_until_ended(deadline);
  caf::anon_send_exit(p.watcher, caf::exit_reason::user_shutdown);
  p.root = {};
  p.watcher = {};
  p.environment.journals.clear();
  p.entities.for_each([](auto& of) { of.regions().clear(); });
  if (!p.threads.wait_until(deadline) && left.empty())
    left = {"threads"};
  if (!reads_ended)
    left.emplace_back("reads");
  for (const auto& path : left)
    log::error({"server", "child_killed"}, "{} did not end in time", path);
  log::info({"server", "stopped"}, "bye");
  return left;
}

}  // namespace musterd
