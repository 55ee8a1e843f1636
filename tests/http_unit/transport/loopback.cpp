#include "loopback.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>
#include <thread>

namespace musterd::testing {
namespace {

constexpr std::chrono::seconds deadline{20};

bool readable(int fd, std::chrono::milliseconds wait) {
  pollfd p{fd, POLLIN, 0};
  return poll(&p, 1, static_cast<int>(wait.count())) == 1;
}

}  // namespace

std::optional<std::string> wire_answer::header(std::string_view name) const {
  auto at = head.find(fmt::format("\r\n{}: ", name));
  if (at == std::string::npos)
    return std::nullopt;
  at += name.size() + 4;
  return head.substr(at, head.find("\r\n", at) - at);
}

raw_client::raw_client(std::uint16_t port, const char* from)
    : fd_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = inet_addr(from);
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error{"cannot bind"};
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error{"cannot connect"};
  if (over_tls)
    shake_hands();
}

raw_client::~raw_client() {
  close(fd_);
}

/// A failed handshake is left to the test: a server without room breaks it off.
void raw_client::shake_hands() {
  static const openssl_owned<SSL_CTX> context = [] {
    openssl_owned<SSL_CTX> made{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_load_verify_file(made.get(), test_authority().file().c_str());
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
    return made;
  }();
  timeval patience{deadline.count(), 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ssl_.reset(SSL_new(context.get()));
  SSL_set_fd(ssl_.get(), fd_);
  failed_ = SSL_connect(ssl_.get()) != 1;
}

bool raw_client::has_input(std::chrono::milliseconds wait) const {
  return (ssl_ && SSL_pending(ssl_.get()) > 0) || readable(fd_, wait);
}

raw_client& raw_client::send(std::string_view text) {
  while (!text.empty()) {
    auto sent = ssl_ ? (failed_ ? 0 : SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())))
                     : ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      break;  // the server has closed; what it sent before is still to be read
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return *this;
}

std::ptrdiff_t raw_client::receive(std::span<char> into) {
  if (failed_)
    return 0;
  return ssl_ ? SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()))
              : recv(fd_, into.data(), into.size(), 0);
}

bool raw_client::fill() {
  if (!failed_ && !has_input(deadline))
    throw std::runtime_error{fmt::format("no answer in time; so far: {}", input_)};
  char part[4096];
  auto count = receive(part);
  if (count > 0)
    input_.append(part, static_cast<std::size_t>(count));
  return count > 0;
}

wire_answer raw_client::read(bool bodiless) {
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!fill())
      throw std::runtime_error{fmt::format("closed before the answer's head was complete: {}", input_)};
  wire_answer answer;
  answer.head = input_.substr(0, end + 2);
  input_.erase(0, end + 4);
  std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
  std::size_t length = 0;
  if (auto text = answer.header("Content-Length"); text && !bodiless)
    length = std::stoul(*text);
  while (input_.size() < length)
    if (!fill())
      throw std::runtime_error{"closed within the answer's body"};
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

bool raw_client::ends() {
  while (failed_ || has_input(deadline)) {
    char part[4096];
    if (receive(part) <= 0)
      return true;
  }
  return false;
}

bool raw_client::silent() {
  return input_.empty() && !has_input(std::chrono::milliseconds{0});
}

std::size_t raw_client::take_some() {
  char part[16 * 1024];
  std::size_t taken = 0;
  for (int i = 0; i < 16 && !failed_ && has_input(std::chrono::milliseconds{0}); ++i) {
    auto count = receive(part);
    if (count <= 0)
      break;
    taken += static_cast<std::size_t>(count);
  }
  return taken;
}

void raw_client::finish_sending() {
  if (ssl_ && !failed_)
    SSL_shutdown(ssl_.get());
  shutdown(fd_, SHUT_WR);
}

std::string raw_client::certificate() const {
  openssl_owned<X509> shown{SSL_get1_peer_certificate(ssl_.get())};
  std::string der(static_cast<std::size_t>(i2d_X509(shown.get(), nullptr)), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(shown.get(), &at);
  return der;
}

void parked_calls::park(http_call&& call) {
  std::lock_guard lock{mutex_};
  calls_.push_back(std::move(call));
  changed_.notify_all();
}

http_call parked_calls::take() {
  std::unique_lock lock{mutex_};
  if (!changed_.wait_for(lock, deadline, [&] { return !calls_.empty(); }))
    throw std::runtime_error{"no call was parked in time"};
  auto call = std::move(calls_.front());
  calls_.pop_front();
  return call;
}

std::size_t parked_calls::waiting() {
  std::lock_guard lock{mutex_};
  return calls_.size();
}

void recording_observer::on_request(const finished_request& r) {
  std::lock_guard lock{mutex_};
  statuses_.push_back(r.status);
  if (int status = r.status; throws_at.compare_exchange_strong(status, 0))
    throw std::bad_alloc{};
}

void recording_observer::on_failure(std::string_view, std::string_view, std::string_view what) {
  std::lock_guard lock{mutex_};
  failures_.emplace_back(what);
}

void recording_observer::on_connection_refused() {
  ++refused;
}

void recording_observer::on_handshake(bool succeeded) {
  ++(succeeded ? handshakes_done : handshakes_failed);
}

void recording_observer::on_handshake_flood() {
  ++handshake_floods;
}

std::vector<int> recording_observer::statuses() {
  std::lock_guard lock{mutex_};
  return statuses_;
}

std::vector<std::string> recording_observer::failures() {
  std::lock_guard lock{mutex_};
  return failures_;
}

void held_thread::await() {
  if (!holding_.try_acquire_for(deadline))
    throw std::runtime_error{"no thread was held in time"};
}

void held_thread::let_go() {
  let_go_.release();
}

void held_thread::hold() {
  holding_.release();
  (void)let_go_.try_acquire_for(deadline);
}

bool in_time(const std::function<bool()>& condition) {
  auto until = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    std::this_thread::yield();
  }
  return true;
}

void test_access::check(const http_request& request, const route&, access_decision done) {
  if (request.authorization == "Bearer throws")
    throw std::runtime_error{"the check failed"};
  if (request.authorization == "Bearer dropped")
    return;
  constexpr std::string_view good = "Bearer good";
  if (request.authorization.starts_with(good)) {
    caller who;
    if (request.authorization.size() > good.size())
      who.actor.bytes.back() = static_cast<std::uint8_t>(request.authorization.back());
    done(who);
  } else {
    done(unauthenticated("Sign in first."));
  }
}

const tls_certificate& loopback_certificate() {
  static const tls_certificate only{test_authority().issue(), wall_clock_now()};
  return only;
}

http_settings quick_settings() {
  http_settings result;
  result.port = 0;
  result.sweep_interval = std::chrono::milliseconds{5};
  result.tls = over_tls ? &loopback_certificate() : nullptr;
  return result;
}

loopback::loopback(http_settings settings) {
  on.get("/ping", access::open,
         [](http_call&& call) { call.respond({200, R"({"pong":true})", "application/json", {}, {}}); },
         {.name = "ping", .query = {{.name = "n"}}});
  on.get("/things/{id}", access::open,
         [](http_call&& call) {
           auto id = call.id_parameter<uuid>("id");
           if (!id)
             return call.respond(id.error());
           http_response response = json_response(200, *id);
           response.version = 7;
           call.respond(std::move(response));
         },
         {.name = "thing"});
  on.post("/echo", access::self,
          [](http_call&& call) {
            call.respond(
                {201, fmt::format(R"({{"size":{}}})", call.request.body.size()), "application/json", {}, {}});
          },
          {.name = "echo"});
  on.post("/open", access::open,
          [](http_call&& call) {
            call.respond(
                {200, fmt::format(R"({{"size":{}}})", call.request.body.size()), "application/json", {}, {}});
          },
          {.name = "open"});
  on.get("/long", access::open,
         [text = std::make_shared<shared_text>(std::string(long_text_size, 'x'))](http_call&& call) {
           call.respond({200, {}, "text/plain", {}, {}, text});
         },
         {.name = "long"});
  on.post("/thread", access::self,
          [](http_call&& call) {
            auto id = std::hash<std::thread::id>{}(std::this_thread::get_id());
            call.respond({200, fmt::format("{}", id), "text/plain", {}, {}});
          },
          {.name = "thread"});
  on.post("/hold", access::self,
          [this](http_call&& call) {
            thread.hold();
            call.respond(no_content());
          },
          {.name = "hold"});
  on.get("/later", access::self, [this](http_call&& call) { parked.park(std::move(call)); },
         {.name = "asked_later"});
  on.get(
      "/small", access::open,
      [](http_call&& call) { call.respond({200, std::string(small_text_size, 'x'), "text/plain", {}, {}}); },
      {.name = "small"});
  on.post("/later", access::self, [this](http_call&& call) { parked.park(std::move(call)); },
          {.name = "later"});
  on.post("/dropped", access::self, [](http_call&& call) { auto gone = std::move(call); },
          {.name = "dropped"});
  on.post("/throws", access::self, [](http_call&&) { throw std::runtime_error{"a bug"}; },
          {.name = "throws"});
  standard_routes(on,
                  {[] { return health_report{}; }, [] { return std::string{"up 1\n"}; }, "test", "/nowhere"});
  server.emplace(std::move(settings), on, access, observer);
  server->start();
}

loopback::~loopback() {
  server->stop(std::chrono::milliseconds{0});
}

std::string post(std::string_view path, std::string_view body, std::string_view more_headers) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n{}\r\n{}",
      path, body.size(), more_headers, body);
}

}  // namespace musterd::testing
