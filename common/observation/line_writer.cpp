#include "common/observation/line_writer.hpp"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>
#include <utility>

namespace musterd {

line_writer::line_writer(int file, std::size_t most, notice_fn notice)
    : file_{file}, most_{most}, notice_{std::move(notice)} {
  // This thread must not take the process's signals.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread{[this] { run(); }}.detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void line_writer::write(std::string_view line) {
  std::lock_guard lock{mutex_};
  // Nothing may follow a gap before the line that reports it.
  if (missing_ > 0 || waiting_.size() + line.size() >= most_) {
    ++missing_;
    ++dropped_;
    return;
  }
  waiting_ += line;
  waiting_ += '\n';
  ++said_;
  changed_.notify_all();
}

bool line_writer::flush(std::chrono::milliseconds patience) {
  auto until = std::chrono::steady_clock::now() + patience;
  std::unique_lock lock{mutex_, until};
  return lock && changed_.wait_until(lock, until, [this, all = said_] { return written_ >= all; });
}

void line_writer::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return !waiting_.empty() || missing_ > 0; });
    on_its_way_.clear();
    std::swap(on_its_way_, waiting_);
    if (auto missing = std::exchange(missing_, 0); missing > 0)
      on_its_way_ += notice_(missing) + '\n';
    auto all = said_;
    lock.unlock();
    if (!write_out())
      dropped_ += static_cast<std::uint64_t>(std::ranges::count(on_its_way_, '\n'));
    lock.lock();
    written_ = all;
    changed_.notify_all();
  }
}

/// False when writing cannot succeed any more: the reader has gone, or the disk is full.
bool line_writer::write_out() {
  for (std::size_t done = 0; done < on_its_way_.size();) {
    auto count = ::write(file_, on_its_way_.data() + done, on_its_way_.size() - done);
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      pollfd room{file_, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      on_its_way_.erase(0, done);
      return false;
    }
  }
  return true;
}

}  // namespace musterd
