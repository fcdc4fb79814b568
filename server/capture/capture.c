/* capture.c - The role that reads packets from the network.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Everything from outside arrives here first, in a process that can do
 * nothing else: its sockets are open, filtered and locked, it has no files,
 * and may only read from these sockets and write to the next role.  It must
 * never wait for that role: what cannot be passed on is queued or dropped.
 *
 * decap.c turns frames into datagrams, admit.c decides which are passed on,
 * interface.c has the sockets, local.c the host's addresses.  */

#include "../role/mains.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "admit.h"
#include "../role/confine.h"
#include "interface.h"
#include "local.h"
#include "../ipc/packets.h"
#include "../role/role.h"

#define BATCH 256               /* Packets read between two sends.  */
#define COUNTS_EVERY 1000000    /* Microseconds.  */
#define REST_MSECS 1
#define FLUSH_MSECS 2000        /* For queued datagrams, when told to stop. */
#define OUT_BUFFER 16384        /* Small: admit.c is fair, the socket is
                                   not.  */
#define MAX_INTERFACES 64

/* The only system calls that are left.  Those for memory are for the table of
   addresses, "write" is for the log, "close" for an interface that has gone,
   and "poll" for libpcap.  */
static const char *const syscalls[] = {
  "ppoll", "poll", "recvfrom", "sendmsg", "getsockopt", "close", "write",
  "rt_sigprocmask", "rt_sigreturn", "restart_syscall", "clock_gettime",
  "futex", "brk", "mmap", "mremap", "munmap", "exit", "exit_group"
};

struct capture
{
  struct role role;
  admit_t admit;
  local_t local;
  size_t n_interfaces;
  struct interface interface[MAX_INTERFACES];
  struct interface *reading;    /* Whose packets are being read.  */
  uint64_t now;
  uint64_t counts_due;          /* 0: nothing to report.  */
  struct packet_counts counts;
  bool again;                   /* Start anew: an interface has appeared.  */
  bool resting;                 /* The last round brought only junk.  */
};


static void
count_packet (struct capture *capture, uint32_t *counter)
{
  if (*counter < UINT32_MAX)
    ++*counter;
  if (!capture->counts_due)
    capture->counts_due = capture->now + COUNTS_EVERY;
}


static void
count_passed (struct capture *capture, const struct packet_origin *origin)
{
  size_t i = config_door_by_name (capture->role.config, origin->door);

  count_packet (capture, &capture->counts.passed);
  if (i == CONFIG_MAX_DOORS)
    return;                     /* It came by the open door.  */
  count_packet (capture, &capture->counts.door[i].passed);
  if (origin->previous)
    count_packet (capture, &capture->counts.door[i].previous);
}


/* libpcap calls this for each packet.  */
static void
take_packet (u_char *hook, const struct pcap_pkthdr *header,
             const u_char *frame)
{
  struct capture *capture = (void *)hook;
  const struct interface *interface = capture->reading;
  struct packet_origin origin;
  enum refusal refusal;
  struct decap decap;

  refusal = decap_frame (interface->link, frame, header->caplen, &decap);
  if (refusal)
    {
      count_packet (capture, &capture->counts.n[refusal]);
      return;
    }
  if (interface->ifindex)
    decap.ifindex = interface->ifindex;
  if (decap.dport != capture->role.config->port
      || !local_is_for_us (capture->local, decap.ifindex,
                           &decap.src, &decap.dst))
    return;                     /* None of our business.  */
  origin = (struct packet_origin){ .src = decap.src, .dst = decap.dst,
                                   .sport = decap.sport,
                                   .dport = decap.dport,
                                   .ifindex = decap.ifindex,
                                   .seen = capture->now };
  refusal = admit_take (capture->admit, &origin, decap.payload, decap.len);
  if (refusal)
    count_packet (capture, &capture->counts.n[refusal]);
  else
    count_passed (capture, &origin);
}


/* Send the queued datagrams, until the next role takes no more.  */
static gpg_error_t
pass_on (struct capture *capture)
{
  struct packet_sealed sealed;
  gpg_error_t err;

  while (admit_next (capture->admit, &sealed))
    {
      err = packet_send_sealed (ROLE_FD_DOWNSTREAM, 0, &sealed);
      if (gpg_err_code (err) == GPG_ERR_EAGAIN)
        return 0;
      if (err)
        return err;
      admit_done (capture->admit);
    }
  return 0;
}


static void
begin_counts (struct capture *capture)
{
  config_t config = capture->role.config;
  size_t i;

  memset (&capture->counts, 0, sizeof capture->counts);
  for (i = 0; i < config->n_doors; i++)
    snprintf (capture->counts.door[i].name,
              sizeof capture->counts.door[i].name, "%s",
              config->door[i].name);
  capture->counts_due = 0;
}


static gpg_error_t
tell_counts (struct capture *capture)
{
  gpg_error_t err;

  err = packet_send_counts (ROLE_FD_DOWNSTREAM, 0, &capture->counts);
  if (gpg_err_code (err) == GPG_ERR_EAGAIN)
    {
      capture->counts_due = capture->now + COUNTS_EVERY;
      return 0;
    }
  begin_counts (capture);
  return err;
}


static void
read_interface (struct capture *capture, struct interface *interface)
{
  capture->reading = interface;
  if (pcap_dispatch (interface->pcap, BATCH, take_packet, (void *)capture)
      == PCAP_ERROR)
    {
      log_warn ("interface %s: %s", interface->name,
                pcap_geterr (interface->pcap));
      interface_abandon (interface);
      capture->again = true;
    }
}


/* Netlink reports a link: one that we read from has gone, or one that we wait
   for has appeared, which only a new process can open.  */
static void
note_link (void *hook, uint32_t ifindex, const char *name, bool present,
           bool up)
{
  struct capture *capture = hook;
  struct interface *interface;
  size_t i;

  for (i = 0; i < capture->n_interfaces; i++)
    {
      interface = &capture->interface[i];
      if (!interface->pcap && present && up
          && !strcmp (interface->name, name))
        {
          log_info ("interface %s has appeared", name);
          capture->again = true;
        }
      else if (interface->pcap && !present && interface->ifindex == ifindex)
        {
          log_warn ("interface %s has gone; waiting for it", name);
          interface_abandon (interface);
        }
    }
}


/* Set up, with root's rights.  */

static gpg_error_t
load_door_keys (struct capture *capture)
{
  config_t config = capture->role.config;
  struct admit_key keys[ADMIT_MAX_KEYS];
  char *message;
  gpg_error_t err;
  size_t n;

  err = admit_load_keys (config, keys, &n, &message);
  if (err)
    log_error ("%s", message ? message : gpg_strerror (err));
  free (message);
  if (err)
    return err;
  err = admit_new (keys, n, config->open_door, &capture->admit);
  while (err && n)
    seal_release (keys[--n].seal);
  return err;
}


static gpg_error_t
open_interfaces (struct capture *capture)
{
  config_t config = capture->role.config;
  gpg_error_t err;
  size_t i;

  if (config->interfaces.n > MAX_INTERFACES)
    {
      log_error ("there are more than %d interfaces", MAX_INTERFACES);
      return gpg_error (GPG_ERR_TOO_MANY);
    }
  for (i = 0; i < config->interfaces.n; i++)
    {
      err = interface_open (config->interfaces.item[i], config->port,
                            &capture->interface[i]);
      if (err && gpg_err_code (err) != GPG_ERR_ENODEV)
        return err;
      capture->n_interfaces++;
    }
  return 0;
}


static gpg_error_t
prepare_out (void)
{
  const int size = OUT_BUFFER;
  int flags = fcntl (ROLE_FD_DOWNSTREAM, F_GETFL);

  if (flags < 0
      || fcntl (ROLE_FD_DOWNSTREAM, F_SETFL, flags | O_NONBLOCK) < 0
      || setsockopt (ROLE_FD_DOWNSTREAM, SOL_SOCKET, SO_SNDBUF, &size,
                     sizeof size))
    return gpg_error_from_syserror ();
  return 0;
}


static gpg_error_t
set_up_capture (struct capture *capture)
{
  gpg_error_t err;

  err = load_door_keys (capture);
  if (err)
    return err;
  /* The groups are joined first, so that nothing is missed between.  */
  err = local_open (note_link, capture, &capture->local);
  if (!err)
    err = open_interfaces (capture);
  if (!err)
    err = local_fill (capture->local);
  if (!err)
    err = prepare_out ();
  return err;
}


static gpg_error_t
confine_capture (void)
{
  const struct confine_limits limits = { .files = MAX_INTERFACES * 2 + 16,
                                         .processes = 1 };
  gpg_error_t err;

  err = confine_limits (&limits);
  if (!err)
    err = confine_user (ROLE_USER_DECIDE, 0);
  if (err)
    return err;
  err = confine_paths (NULL, 0);
  if (gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED)
    {
      /* The system call filter lets no file be opened anyway.  */
      log_warn ("this kernel has no Landlock");
      err = 0;
    }
  if (!err)
    err = role_ready ();
  if (!err)
    err = confine_syscalls (syscalls, sizeof syscalls / sizeof syscalls[0]);
  return err;
}


/* The loop.  */

enum slot { SLOT_PARENT, SLOT_LOCAL, SLOT_OUT, SLOT_INTERFACES };

static int
fill_slots (struct capture *capture, struct pollfd *fds)
{
  struct packet_sealed sealed;
  int64_t left;
  size_t i;

  fds[SLOT_PARENT] = (struct pollfd){ ROLE_FD_PARENT, POLLIN, 0 };
  fds[SLOT_LOCAL] = (struct pollfd){ local_fd (capture->local), POLLIN, 0 };
  fds[SLOT_OUT] = (struct pollfd){ ROLE_FD_DOWNSTREAM, 0, 0 };
  if (admit_next (capture->admit, &sealed))
    fds[SLOT_OUT].events = POLLOUT;
  for (i = 0; i < capture->n_interfaces; i++)
    fds[SLOT_INTERFACES + i]
      = (struct pollfd){ capture->interface[i].fd,
                         capture->resting ? 0 : POLLIN, 0 };
  if (capture->resting)
    return REST_MSECS;
  if (!capture->counts_due)
    return -1;
  left = (int64_t)(capture->counts_due - ticks_us ()) / 1000 + 1;
  return left > 0 ? (int)left : 0;
}


static void
serve_interfaces (struct capture *capture, const struct pollfd *fds)
{
  struct interface *interface;
  size_t i;

  for (i = 0; i < capture->n_interfaces; i++)
    {
      interface = &capture->interface[i];
      if (!interface->pcap)
        continue;
      if (fds[SLOT_INTERFACES + i].revents & POLLERR)
        interface_clear_error (interface);
      else if (capture->resting
               || (fds[SLOT_INTERFACES + i].revents & POLLIN))
        read_interface (capture, interface);
    }
}


/* The keys of the doors end by the wall clock.  */
static void
read_clocks (struct capture *capture)
{
  struct timespec ts;

  capture->now = ticks_us ();
  clock_gettime (CLOCK_REALTIME, &ts);
  admit_set_time (capture->admit, ts.tv_sec > 0 ? (uint64_t)ts.tv_sec : 0);
}


static uint32_t
count_junk (const struct capture *capture)
{
  const uint32_t *n = capture->counts.n;

  return n[REFUSAL_LENGTH] + n[REFUSAL_SEAL] + n[REFUSAL_DOOR_ENDED]
    + n[REFUSAL_SEEN];
}


/* Read all interfaces.  Waking up for each piece of junk would cost more than
   the junk itself: if nothing else came, wait a moment, and then read
   everything that has come by then.  */
static void
serve_and_rest (struct capture *capture, const struct pollfd *fds)
{
  uint32_t junk = count_junk (capture), passed = capture->counts.passed;

  serve_interfaces (capture, fds);
  capture->resting = count_junk (capture) != junk
    && capture->counts.passed == passed;
}


/* One round; an error ends the process.  */
static gpg_error_t
serve_capture (struct capture *capture)
{
  struct pollfd fds[SLOT_INTERFACES + MAX_INTERFACES];
  unsigned int n = SLOT_INTERFACES + (unsigned int)capture->n_interfaces;
  gpg_error_t err = 0;
  int timeout = fill_slots (capture, fds);

  if (role_wait (fds, n, timeout) < 0)
    return errno == EINTR ? 0 : gpg_error_from_syserror ();
  read_clocks (capture);
  if (fds[SLOT_PARENT].revents)
    err = role_hear_parent ();
  if (!err && (fds[SLOT_OUT].revents & (POLLERR | POLLHUP)))
    err = gpg_error (GPG_ERR_EPIPE);
  if (!err && fds[SLOT_LOCAL].revents)
    err = local_update (capture->local);
  if (err)
    return err;
  serve_and_rest (capture, fds);
  err = pass_on (capture);
  if (!err && capture->counts_due && capture->now >= capture->counts_due)
    err = tell_counts (capture);
  return err;
}


/* When told to stop: pass on what has already arrived.  */
static void
pass_on_rest (struct capture *capture)
{
  struct pollfd fd = { ROLE_FD_DOWNSTREAM, POLLOUT, 0 };
  uint64_t end = ticks_us () + FLUSH_MSECS * 1000;
  struct packet_sealed sealed;
  gpg_error_t err;
  size_t i;

  for (i = 0; i < capture->n_interfaces; i++)
    if (capture->interface[i].pcap)
      read_interface (capture, &capture->interface[i]);
  err = pass_on (capture);
  while (!err && admit_next (capture->admit, &sealed) && ticks_us () < end)
    {
      poll (&fd, 1, 100);
      err = pass_on (capture);
    }
  if (!err && capture->counts_due)
    err = tell_counts (capture);
  if (err)
    log_error ("cannot pass on queued datagrams: %s", gpg_strerror (err));
}


int
capture_main (int argc, char **argv)
{
  static struct capture capture;
  gpg_error_t err;

  role_start (&capture.role, "capture", argc, argv);
  err = set_up_capture (&capture);
  if (!err)
    err = confine_capture ();
  if (err)
    {
      log_error ("cannot start: %s", gpg_strerror (err));
      return log_exit_code (err);
    }
  read_clocks (&capture);
  begin_counts (&capture);
  while (!err && !role_stopping () && !capture.again)
    err = serve_capture (&capture);
  if (!err)
    pass_on_rest (&capture);
  if (gpg_err_code (err) == GPG_ERR_MISSING_VALUE)
    {
      log_warn ("the host's addresses changed faster than they could be read");
      capture.again = true;
      err = 0;
    }
  return !err && capture.again ? ROLE_EXIT_AGAIN : role_exit_code (err);
}
