#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

/// Files that hold secrets: mode 0600, complete or not there at all.
namespace musterd {

/// Makes the file unless there is one, with the text that is made for it; of processes that start together
/// one makes it. Throws std::runtime_error.
void create_private_file(const std::string& path, const std::function<std::string()>& text);

/// Whoever holds it is the only one, of all processes on the machines that share the folder, who replaces the
/// file. Beside it lies `<path>.lock`.
class private_file_lock {
 public:
  /// Waits for others until `patience` is over, then throws std::runtime_error; as it does when the folder
  /// cannot be written to.
  explicit private_file_lock(std::string path, std::chrono::milliseconds patience = {});
  ~private_file_lock();
  private_file_lock(const private_file_lock&) = delete;
  private_file_lock& operator=(const private_file_lock&) = delete;

  /// Puts a new text in the place of the old one at once, or leaves that as it is. What a process that died
  /// meanwhile left behind goes. Throws std::runtime_error.
  void replace(std::string_view text) const;

 private:
  std::string path_;
  int file_;
};

/// Throws std::runtime_error if it cannot be read, or if others may.
std::string read_private_file(const std::string& path);

}  // namespace musterd
