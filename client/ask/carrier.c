/* carrier.c - How a datagram travels: UDP, to several hosts at once.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "carrier.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "../../common/wire/reply.h"
#include "../../common/wire/seal.h"
#include "resolve.h"
#include "../../common/base/ticks.h"

#define MAX_WAYS 8              /* Addresses of one host.  */
#define MAX_SENDS 4
#define NAME_GRACE 500          /* Milliseconds for a name beside an address. */
#define IP_UDP_HEADERS 28       /* RFC 791 and 768.  */
#define IP6_UDP_HEADERS 48      /* RFC 8200 and 768.  */

/* When the datagram goes out, in milliseconds.  */
static const int64_t send_times[MAX_SENDS] = { 0, 1000, 2000, 4000 };

/* One address of a host; its socket is connected and stays open, for a
   reply may come late.  */
struct way
{
  int fd;
  struct sockaddr_storage sa;
  socklen_t salen;
  size_t limit;                 /* Of a datagram.  */
};

struct destination
{
  size_t n;
  struct way way[MAX_WAYS];
  unsigned char dgram[SEAL_MAX];
  size_t len;
  unsigned int turns;           /* Of send_times.  */
  unsigned int sent;
  size_t next;                  /* Way of the next sending.  */
  bool answered;
  bool blocked;                 /* A firewall here forbids it.  */
  size_t answerer;
  gpg_error_t error;
};

struct carrier_s
{
  size_t n;
  struct destination *dest[CARRIER_MAX_HOSTS];
  int64_t end;                  /* Of looking names up.  */
};


gpg_error_t
carrier_new (unsigned int deadline, carrier_t *r_carrier)
{
  *r_carrier = calloc (1, sizeof **r_carrier);
  if (!*r_carrier)
    return gpg_error_from_syserror ();
  (*r_carrier)->end = (int64_t)ticks_ms () + (int64_t) deadline;
  return 0;
}


static void
destination_release (struct destination *dest)
{
  size_t i;

  for (i = 0; i < dest->n; i++)
    close (dest->way[i].fd);
  free (dest);
}


void
carrier_release (carrier_t carrier)
{
  size_t i;

  if (!carrier)
    return;
  for (i = 0; i < carrier->n; i++)
    destination_release (carrier->dest[i]);
  free (carrier);
}


/* What the route of the connected socket FD takes.  */
static size_t
route_limit (int fd, int family)
{
  bool six = family == AF_INET6;
  size_t headers = six ? IP6_UDP_HEADERS : IP_UDP_HEADERS;
  size_t limit = six ? SEAL_MAX6 : SEAL_MAX4;
  socklen_t len = sizeof (int);
  int mtu;

  if (!getsockopt (fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
                   six ? IPV6_MTU : IP_MTU, &mtu, &len)
      && mtu > 0 && (size_t) mtu > headers && (size_t) mtu - headers < limit)
    limit = (size_t) mtu - headers;
  return limit;
}


static gpg_error_t
bind_port (int fd, int family, uint16_t port)
{
  struct net_addr any = { .family = (sa_family_t) family };
  struct sockaddr_storage sa;
  socklen_t len = netspec_addr_to_sockaddr (&any, port, 0, &sa);
  int on = 1;

  if (family == AF_INET6
      && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on))
    return gpg_error_from_syserror ();
  /* Several addresses and hosts may share the one port.  */
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)
      || bind (fd, (struct sockaddr *) &sa, len))
    return gpg_error_from_syserror ();
  return 0;
}


static gpg_error_t
open_way (const struct sockaddr_storage *sa, socklen_t salen, uint16_t bind,
          struct way *r_way)
{
  gpg_error_t err = 0;
  struct way way;

  memset (&way, 0, sizeof way);
  way.fd = socket (sa->ss_family,
                   SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (way.fd < 0)
    return gpg_error_from_syserror ();
  if (bind)
    err = bind_port (way.fd, sa->ss_family, bind);
  if (!err && connect (way.fd, (const struct sockaddr *) sa, salen))
    err = gpg_error_from_syserror ();
  if (err)
    {
      close (way.fd);
      return err;
    }
  way.limit = route_limit (way.fd, sa->ss_family);
  way.sa = *sa;
  way.salen = salen;
  *r_way = way;
  return 0;
}


/* How long a name may take: what is left of the carrier's time, or little
   if the host has an address that needs no name server.  */
static unsigned int
patience_ms (carrier_t carrier, bool has_literal)
{
  int64_t left = carrier->end - (int64_t)ticks_ms ();

  if (has_literal && left > NAME_GRACE)
    left = NAME_GRACE;
  return left > 0 ? (unsigned int) left : 0;
}


/* Keep the ways to all that ADDRESS resolves to.  */
static gpg_error_t
add_address (struct destination *dest, const char *address,
             uint16_t port, int family, uint16_t bind, unsigned int msecs,
             int *r_gai)
{
  struct resolve_result result;
  gpg_error_t err;
  size_t i;

  err = resolve_name (address, port, family, msecs, &result, r_gai);
  for (i = 0; i < result.n && dest->n < MAX_WAYS; i++)
    {
      err = open_way (&result.to[i].sa, result.to[i].len, bind,
                      dest->way + dest->n);
      if (!err)
        dest->n++;
    }
  return err;
}


static char *
explain_address (const char *address, gpg_error_t err, int gai, int family)
{
  const char *only = family == AF_INET ? " over IPv4"
                     : family == AF_INET6 ? " over IPv6" : "";

  if (gai)
    return gpgrt_bsprintf ("%s: %s%s", address, gai_strerror (gai), only);
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT)
    return gpgrt_bsprintf ("%s: the name server does not answer; see"
                           " /etc/resolv.conf, or give the host's address in"
                           " hosts.conf", address);
  return gpgrt_bsprintf ("%s: cannot be reached%s: %s", address, only,
                         gpg_strerror (err));
}


gpg_error_t
carrier_add (carrier_t carrier, const char (*address)[254], size_t n,
             uint16_t port, int family, uint16_t bind, char **r_message)
{
  gpg_error_t err = gpg_error (GPG_ERR_UNKNOWN_HOST), err2;
  struct destination *dest;
  bool has_literal = false;
  size_t i;
  int gai;

  *r_message = NULL;
  if (carrier->n == CARRIER_MAX_HOSTS)
    return gpg_error (GPG_ERR_TOO_MANY);
  dest = calloc (1, sizeof *dest);
  if (!dest)
    return gpg_error_from_syserror ();
  for (i = 0; i < n; i++)
    has_literal |= resolve_is_literal (address[i]);
  for (i = 0; i < n; i++)
    {
      err2 = add_address (dest, address[i], port, family, bind,
                          patience_ms (carrier, has_literal), &gai);
      if (err2 && !*r_message)
        {
          err = err2;
          *r_message = explain_address (address[i], err2, gai, family);
          if (gpg_err_code (err) == GPG_ERR_TIMEOUT)
            err = gpg_error (GPG_ERR_UNKNOWN_HOST);
        }
    }
  if (!dest->n)
    {
      free (dest);
      return err;
    }
  gpgrt_free (*r_message);      /* Some address works: that is enough.  */
  *r_message = NULL;
  carrier->dest[carrier->n++] = dest;
  return 0;
}


void
carrier_own_address (carrier_t carrier, size_t host, struct net_addr *r_addr)
{
  struct sockaddr_storage sa;
  socklen_t len = sizeof sa;
  uint16_t port;

  memset (r_addr, 0, sizeof *r_addr);
  if (!getsockname (carrier->dest[host]->way[0].fd,
                    (struct sockaddr *) &sa, &len)
      && netspec_addr_from_sockaddr ((struct sockaddr *) &sa, r_addr, &port))
    memset (r_addr, 0, sizeof *r_addr);
}


void
carrier_keep_family (carrier_t carrier, size_t host, sa_family_t family)
{
  struct destination *dest = carrier->dest[host];
  size_t i, n = 0;

  for (i = 0; i < dest->n; i++)
    if (dest->way[i].sa.ss_family == family)
      dest->way[n++] = dest->way[i];
    else
      close (dest->way[i].fd);
  dest->n = n;
}


bool
carrier_has_family (carrier_t carrier, size_t host, sa_family_t family)
{
  struct destination *dest = carrier->dest[host];
  size_t i;

  for (i = 0; i < dest->n; i++)
    if (dest->way[i].sa.ss_family == family)
      return true;
  return false;
}


size_t
carrier_limit (carrier_t carrier, size_t host, bool most)
{
  struct destination *dest = carrier->dest[host];
  size_t limit = dest->n ? dest->way[0].limit : 0;
  size_t i;

  for (i = 1; i < dest->n; i++)
    if (most ? dest->way[i].limit > limit : dest->way[i].limit < limit)
      limit = dest->way[i].limit;
  return limit;
}


gpg_error_t
carrier_load (carrier_t carrier, size_t host, const void *dgram, size_t len)
{
  struct destination *dest = carrier->dest[host];

  if (!len || len > sizeof dest->dgram)
    return gpg_error (GPG_ERR_INV_LENGTH);
  memcpy (dest->dgram, dgram, len);
  dest->len = len;
  return 0;
}


/* Send to one address.  An error that is queued on the socket belongs to
   an earlier datagram; the first call only fetches it.  */
static gpg_error_t
send_way (struct destination *dest, const struct way *way)
{
  gpg_error_t err = 0;
  ssize_t n;
  int i;

  if (dest->len > way->limit)
    return gpg_error (GPG_ERR_EMSGSIZE);
  for (i = 0; i < 3; i++)
    {
      n = send (way->fd, dest->dgram, dest->len, MSG_NOSIGNAL);
      if (n >= 0)
        return 0;
      err = gpg_error_from_syserror ();
    }
  return err;
}


/* Send to the next address that takes it.  If a firewall on this machine
   forbids each of them (netfilter's drop), waiting is of no use.  */
static void
send_turn (struct destination *dest)
{
  size_t i, forbidden = 0;

  dest->turns++;
  for (i = 0; i < dest->n; i++)
    {
      const struct way *way = dest->way + dest->next;
      gpg_error_t err = send_way (dest, way);

      dest->next = (dest->next + 1) % dest->n;
      if (!err)
        {
          dest->sent++;
          return;
        }
      dest->error = err;
      forbidden += gpg_err_code (err) == GPG_ERR_EPERM;
    }
  dest->blocked = !dest->sent && forbidden == dest->n;
}


/* True while a reply may come.  */
static bool
is_waited_for (const struct destination *dest)
{
  return dest->len && !dest->answered && !dest->blocked;
}


/* Send what is due at NOW (since the begin) and give back when something is
   due next; DEADLINE if nothing is.  */
static int64_t
send_due (carrier_t carrier, int64_t now, int64_t deadline)
{
  int64_t next = deadline;
  size_t i;

  for (i = 0; i < carrier->n; i++)
    {
      struct destination *dest = carrier->dest[i];

      if (!is_waited_for (dest))
        continue;
      if (dest->turns < MAX_SENDS && send_times[dest->turns] <= now)
        send_turn (dest);
      if (dest->turns < MAX_SENDS && send_times[dest->turns] < next)
        next = send_times[dest->turns];
    }
  return next;
}


/* Read what has arrived on a way of host number HOST.  Errors come from ICMP,
   which anybody can forge: they are fetched and end nothing.  */
static void
receive_replies (carrier_t carrier, size_t host, size_t way,
                 carrier_accept_t accept,
                 void *hook)
{
  struct destination *dest = carrier->dest[host];
  unsigned char buf[REPLY_MAXLEN + 1];  /* One more: too long shows.  */
  ssize_t n;
  int i;

  for (i = 0; i < 32 && !dest->answered; i++)
    {
      n = recv (dest->way[way].fd, buf, sizeof buf, 0);
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
      if (n < 0)
        dest->error = gpg_error_from_syserror ();
      else if ((size_t) n <= REPLY_MAXLEN
               && accept (hook, host, buf, (size_t) n))
        {
          dest->answered = true;
          dest->answerer = way;
        }
    }
}


/* The sockets of all who have not answered; returns their number.  */
static nfds_t
list_sockets (carrier_t carrier, struct pollfd *pfd, size_t *host,
              size_t *way)
{
  nfds_t n = 0;
  size_t i, j;

  for (i = 0; i < carrier->n; i++)
    if (is_waited_for (carrier->dest[i]))
      for (j = 0; j < carrier->dest[i]->n; j++)
        {
          pfd[n].fd = carrier->dest[i]->way[j].fd;
          pfd[n].events = POLLIN;
          pfd[n].revents = 0;
          host[n] = i;
          way[n++] = j;
        }
  return n;
}


static gpg_error_t
wait_and_receive (carrier_t carrier, int64_t ms, carrier_accept_t accept,
                  void *hook, bool *r_all)
{
  struct pollfd pfd[CARRIER_MAX_HOSTS * MAX_WAYS];
  size_t host[CARRIER_MAX_HOSTS * MAX_WAYS];
  size_t way[CARRIER_MAX_HOSTS * MAX_WAYS];
  struct timespec ts = { (time_t) (ms / 1000), (long) (ms % 1000) * 1000000 };
  nfds_t i, n;

  n = list_sockets (carrier, pfd, host, way);
  *r_all = !n;
  if (!n)
    return 0;
  if (ppoll (pfd, n, &ts, NULL) < 0)
    return errno == EINTR ? 0 : gpg_error_from_syserror ();
  for (i = 0; i < n; i++)
    if (pfd[i].revents)
      receive_replies (carrier, host[i], way[i], accept, hook);
  return 0;
}


gpg_error_t
carrier_run (carrier_t carrier, unsigned int deadline,
             carrier_accept_t accept, carrier_tick_t tick, void *hook)
{
  gpg_error_t err = 0;
  int64_t begin = (int64_t)ticks_ms (), now = 0, next, second = 0;
  bool all = false;

  while (!err && !all && now < (int64_t) deadline)
    {
      next = send_due (carrier, now, (int64_t) deadline);
      now = (int64_t)ticks_ms () - begin;
      if (tick && now >= second + 1000)
        tick (hook, (unsigned int) (second = now / 1000 * 1000) / 1000);
      if (tick && next > second + 1000)
        next = second + 1000;
      err = wait_and_receive (carrier, next > now ? next - now : 0, accept,
                              hook, &all);
      now = (int64_t)ticks_ms () - begin;
    }
  return err;
}


bool
carrier_peer (carrier_t carrier, size_t host, struct sockaddr_storage *r_sa,
              socklen_t *r_len)
{
  struct destination *dest = carrier->dest[host];

  if (!dest->answered)
    return false;
  *r_sa = dest->way[dest->answerer].sa;
  *r_len = dest->way[dest->answerer].salen;
  return true;
}


unsigned int
carrier_sent (carrier_t carrier, size_t host)
{
  return carrier->dest[host]->sent;
}


gpg_error_t
carrier_error (carrier_t carrier, size_t host)
{
  return carrier->dest[host]->error;
}
