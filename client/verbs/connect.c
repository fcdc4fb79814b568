/* connect.c - postern connect: open, connect, relay; for ssh.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The grant is bound to the source port that the connection comes from, so
 * that nobody else behind the same address can use it.  That port is taken
 * before the request is signed: sockets of both families hold it.  The
 * packet comes from the same number, so that the reply shows whether a NAT
 * rewrites it.  stdout belongs to ssh: nothing else may be written
 * there, and all messages go to stderr.
 *
 * The grant is for one address.  If the packet arrived only over the
 * other family, or the port cannot be reached over this one, the door is
 * opened once more for the other, with a signature of its own.  */

#include "verbs.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../ask/exchange.h"
#include "../password/password.h"
#include "../ask/relay.h"
#include "../ask/select.h"

#define TRIES 32                /* To find a port free in both families.  */

struct hold
{
  int fd4;
  int fd6;                      /* -1 if there is no IPv6.  */
  uint16_t port;
};

/* One opening of the door.  */
struct attempt
{
  struct exchange x;
  struct hold *hold;
  uint16_t port;                /* Where the service is.  */
  bool has_other;               /* Another may follow, over ...  */
  sa_family_t other;            /* ... this family.  */
};

#define TRY_OTHER (-2)          /* ... and is to.  */


/* A TCP socket of FAMILY bound to PORT (0: any, which is stored).  */
static gpg_error_t
bind_socket (int family, uint16_t *r_port, int *r_fd)
{
  struct net_addr any = { .family = (sa_family_t) family };
  struct sockaddr_storage sa;
  socklen_t len = netspec_addr_to_sockaddr (&any, *r_port, 0, &sa);
  gpg_error_t err = 0;
  int on = 1;

  *r_fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (*r_fd < 0)
    return gpg_error_from_syserror ();
  if ((family == AF_INET6
       && setsockopt (*r_fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on))
      || bind (*r_fd, (struct sockaddr *) &sa, len)
      || getsockname (*r_fd, (struct sockaddr *) &sa, &len))
    err = gpg_error_from_syserror ();
  if (!err)
    err = netspec_addr_from_sockaddr ((struct sockaddr *) &sa, &any, r_port);
  if (err)
    {
      close (*r_fd);
      *r_fd = -1;
    }
  return err;
}


static void
hold_release (struct hold *hold)
{
  if (hold->fd4 >= 0)
    close (hold->fd4);
  if (hold->fd6 >= 0)
    close (hold->fd6);
  hold->fd4 = hold->fd6 = -1;
}


/* Take a port that is free in both families.  */
static gpg_error_t
hold_port (struct hold *hold)
{
  gpg_error_t err = 0;
  int i;

  for (i = 0; i < TRIES; i++)
    {
      hold->port = 0;
      err = bind_socket (AF_INET, &hold->port, &hold->fd4);
      if (err)
        return err;
      err = bind_socket (AF_INET6, &hold->port, &hold->fd6);
      if (gpg_err_code (err) == GPG_ERR_EAFNOSUPPORT
          || gpg_err_code (err) == GPG_ERR_EADDRNOTAVAIL)
        return 0;               /* This host has no IPv6.  */
      if (!err)
        return 0;
      hold_release (hold);
    }
  return err;
}


/* Wait until the connecting socket FD is through, or TIMEOUT seconds.  */
static gpg_error_t
wait_connected (int fd, unsigned int timeout)
{
  struct pollfd pfd = { fd, POLLOUT, 0 };
  struct timespec ts = { (time_t) timeout, 0 };
  socklen_t len = sizeof (int);
  int n, value = 0;

  do
    n = ppoll (&pfd, 1, &ts, NULL);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return gpg_error_from_syserror ();
  if (!n)
    return gpg_error (GPG_ERR_TIMEOUT);
  if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &value, &len))
    return gpg_error_from_syserror ();
  return value ? gpg_error_from_errno (value) : 0;
}


/* Connect to PORT of the address SA, which took the packet.  */
static gpg_error_t
connect_to (int fd, struct sockaddr_storage *sa, socklen_t len,
            uint16_t port, unsigned int timeout)
{
  int on = 1;

  if (sa->ss_family == AF_INET)
    ((struct sockaddr_in *) sa)->sin_port = htons (port);
  else
    ((struct sockaddr_in6 *) sa)->sin6_port = htons (port);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!connect (fd, (struct sockaddr *) sa, len))
    return 0;
  if (errno != EINPROGRESS)
    return gpg_error_from_syserror ();
  return wait_connected (fd, timeout);
}


/* Behind a NAT that rewrites ports the grant fits no connection.  */
static int
check_nat (struct exchange *x)
{
  uint16_t seen = x->item[0].reply->port;

  if (!x->ask.bind || seen == x->ask.bind)
    return -1;
  log_error ("connect: %s: a NAT on the way turned source port %u into %u,"
             " so the door opened for a port that this connection will not"
             " have; use --no-bind", x->item[0].name,
             (unsigned int) x->ask.bind, (unsigned int) seen);
  return EX_UNAVAILABLE;
}


static const char *
family_name (sa_family_t family)
{
  return family == AF_INET ? "IPv4" : "IPv6";
}


/* The reply came: for the address that a connection will come from?  */
static int
check_family (struct attempt *a)
{
  struct exchange *x = &a->x;
  sa_family_t seen = x->item[0].reply->address.family;
  char *text;

  if (a->has_other && x->ask.source.family && seen == a->other)
    {
      log_info ("connect: %s: nothing comes through over %s; opening the door"
                " for %s", x->item[0].name,
                family_name (x->ask.source.family), family_name (seen));
      return TRY_OTHER;
    }
  text = report_elsewhere (&x->ask, x->item);
  if (text)
    log_warn ("connect: %s", text);
  gpgrt_free (text);
  return -1;
}


/* The door is open, but the service cannot be reached: ERR.  */
static int
not_reached (struct attempt *a, gpg_error_t err)
{
  struct exchange *x = &a->x;
  char address[NETSPEC_ADDRSTRLEN];

  netspec_addr_print (x->ask.source.family ? &x->ask.source
                      : &x->item[0].reply->address, address);
  if (a->has_other)
    {
      log_info ("connect: %s: the door is open for %s, but port %u cannot be"
                " reached: %s; opening it for %s", x->item[0].name, address,
                (unsigned int) a->port, gpg_strerror (err),
                family_name (a->other));
      return TRY_OTHER;
    }
  log_error ("connect: %s: the door is open for %s, but port %u cannot be"
             " reached: %s; does a service listen there, and do you come from"
             " that address?", x->item[0].name, address,
             (unsigned int) a->port, gpg_strerror (err));
  return EX_UNAVAILABLE;
}


static int
connect_and_relay (struct attempt *a)
{
  struct sockaddr_storage sa;
  struct exchange *x = &a->x;
  socklen_t len;
  gpg_error_t err;
  int fd;

  if (!carrier_peer (x->carrier, 0, &sa, &len))
    return EX_SOFTWARE;
  fd = sa.ss_family == AF_INET ? a->hold->fd4 : a->hold->fd6;
  err = connect_to (fd, &sa, len, a->port, x->timeout);
  if (err)
    return not_reached (a, err);
  err = relay_run (STDIN_FILENO, STDOUT_FILENO, fd);
  if (err)
    log_error ("connect: %s: %s", x->item[0].name, gpg_strerror (err));
  return err ? EX_IOERR : EX_OK;
}


/* Whether another attempt may follow: not if the person or the profile chose
   the family or the address, nor if the one password was read.  */
static void
look_for_other (struct attempt *a)
{
  struct exchange *x = &a->x;
  const struct options *options = x->options;
  struct net_addr own;

  a->has_other = false;
  if (x->ask.has_source || options->password == PASSWORD_FD
      || (options->set | x->ask.host[0]->settings.set) & OPTION_FAMILY)
    return;
  carrier_own_address (x->carrier, 0, &own);
  a->other = own.family == AF_INET ? AF_INET6 : AF_INET;
  a->has_other = carrier_has_family (x->carrier, 0, a->other);
}


/* Open the door: all but the connection.  */
static int
open_door (struct attempt *a)
{
  struct exchange *x = &a->x;
  int rc;

  rc = exchange_prepare (x, x->ask.bind ? a->hold->port : 0);
  if (rc >= 0)
    return rc;
  look_for_other (a);
  /* The grant is for one address, and so for one family.  */
  if (x->ask.source.family && !a->has_other)
    carrier_keep_family (x->carrier, 0, x->ask.source.family);
  if (!carrier_limit (x->carrier, 0, true))
    {
      log_error ("connect: %s has no address of the family of --source",
                 x->item[0].name);
      return EX_USAGE;
    }
  rc = exchange_compose (x);
  if (rc < 0)
    rc = exchange_run (x);
  if (rc >= 0)
    return rc;
  if (report_status (x->item) != EX_OK)
    return report_failure ("connect", &x->ask, x->item, x->timeout);
  rc = check_family (a);
  return rc == -1 ? check_nat (x) : rc;
}


static void
fill_connect (const struct options *options, const struct profile_host *host,
              uint16_t port, uint16_t bind, struct compose_ask *ask)
{
  struct port_range range = { IPPROTO_TCP, port, port };

  compose_ask_one (ask, REQUEST_OPEN, host, options);
  ask->ports.n = 1;
  ask->ports.range[0] = range;
  open_common (options, ask);
  ask->password = password_wanted (options, host, true);
  ask->bind = options->no_bind || host->settings.no_bind ? 0 : bind;
}


/* Open the door and relay; returns TRY_OTHER with the family in A->other if
   another attempt is to follow.  */
static int
try_connection (struct attempt *a, const struct options *options,
                profile_t profile, const struct compose_ask *ask)
{
  int rc;

  exchange_begin (&a->x, options, profile, ask);
  a->x.verb = "connect";
  rc = open_door (a);
  if (rc == -1)
    rc = connect_and_relay (a);
  exchange_end (&a->x);
  return rc;
}


static int
open_and_relay (const struct options *options, profile_t profile,
                const struct profile_host *host, uint16_t port)
{
  struct hold hold = { -1, -1, 0 };
  struct attempt a = { .hold = &hold, .port = port };
  struct options second = *options;
  struct compose_ask ask;
  gpg_error_t err;
  int rc;

  err = log_failure (hold_port (&hold), NULL, "connect: no source port");
  if (err)
    return log_exit_code (err);
  fill_connect (options, host, port, hold.port, &ask);
  rc = try_connection (&a, options, profile, &ask);
  if (rc == TRY_OTHER)
    {
      second.set |= OPTION_FAMILY;
      second.family = a.other;
      rc = try_connection (&a, &second, profile, &ask);
    }
  hold_release (&hold);
  return rc;
}


int
connect_verb (const struct options *options)
{
  const struct profile_host *host;
  unsigned long long port;
  profile_t profile;
  int rc;

  if (options->n_args != 2)
    return kit_usage ("connect", "it takes HOST and PORT");
  if (decode_decimal (options->arg[1], strlen (options->arg[1]), 65535,
                      &port) || !port)
    return kit_usage ("connect", "'%s' is not a port (1 to 65535)",
                      options->arg[1]);
  rc = select_open ("connect", options, &profile, &host);
  if (rc < 0)
    rc = open_and_relay (options, profile, host, (uint16_t) port);
  profile_close (profile);
  return rc;
}
