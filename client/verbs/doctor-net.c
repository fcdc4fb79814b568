/* doctor-net.c - postern doctor: names, routes and a probe.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only the probe sends a request, and so costs a signature: it must not run
 * if a check before it found that no request can be made.  */

#include "doctor.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../ask/noreply.h"
#include "../ask/whoami-text.h"

#define LEAST_MTU 1280          /* What a request needs (RFC 8200).  */
#define USUAL_MTU 1500


static unsigned int
timeout_ms (const struct doctor *d)
{
  unsigned int seconds = d->options->set & OPTION_TIMEOUT
    || !d->host->settings.timeout ? d->options->timeout
    : d->host->settings.timeout;

  return seconds * 1000;
}


/* Look ADDRESS up and add what it resolves to.  */
static void
resolve_one (struct doctor *d, const char *address, char **r_error)
{
  struct resolve_result result;
  gpg_error_t err;
  size_t i;
  int gai;

  err = resolve_name (address, d->host->port,
                      d->options->set & OPTION_FAMILY ? d->options->family
                      : d->host->settings.family, timeout_ms (d), &result,
                      &gai);
  if (err && !*r_error)
    *r_error = gpgrt_bsprintf ("%s: %s", address,
                               gai ? gai_strerror (gai)
                               : gpg_err_code (err) == GPG_ERR_TIMEOUT
                               ? "the name server does not answer"
                               : gpg_strerror (err));
  for (i = 0; i < result.n && d->to.n < RESOLVE_MAX; i++)
    d->to.to[d->to.n++] = result.to[i];
}


void
doctor_names (struct doctor *d, struct doctor_finding *finding)
{
  char *error = NULL;
  unsigned int i;

  for (i = 0; i < d->host->n_addresses; i++)
    resolve_one (d, d->host->address[i], &error);
  if (d->to.n && !error)
    finding->says = gpgrt_bsprintf ("%zu address%s", d->to.n,
                                    d->to.n > 1 ? "es" : "");
  else
    doctor_find (finding, d->to.n ? DOCTOR_NOTE : DOCTOR_BAD, EX_NOHOST,
                 error, gpgrt_bsprintf ("see /etc/resolv.conf, or correct the"
                                        " addresses of '%s' in hosts.conf",
                                        d->host->name));
  d->blocked |= !d->to.n;
}


/* The path MTU to address number I as the kernel knows it; 0 and an errno if
   there is no route.  */
static int
path_mtu (const struct doctor *d, size_t i, int *r_errno)
{
  bool six = d->to.to[i].sa.ss_family == AF_INET6;
  int fd, mtu = 0, discover = six ? IPV6_PMTUDISC_DO : IP_PMTUDISC_DO;
  socklen_t len = sizeof mtu;

  *r_errno = 0;
  fd = socket (d->to.to[i].sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0
      || setsockopt (fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
                     six ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &discover,
                     sizeof discover)
      || connect (fd, (const struct sockaddr *) &d->to.to[i].sa,
                  d->to.to[i].len)
      || getsockopt (fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
                     six ? IPV6_MTU : IP_MTU, &mtu, &len))
    {
      *r_errno = errno;
      mtu = 0;
    }
  if (fd >= 0)
    close (fd);
  return mtu;
}


/* The route to each address, and its path MTU as far as it is known.  */
void
doctor_mtu (struct doctor *d, struct doctor_finding *finding)
{
  int mtu, least = 0, error, last = 0;
  size_t i;

  if (!d->to.n)
    {
      doctor_skip (finding, "not tried");
      return;
    }
  for (i = 0; i < d->to.n; i++)
    {
      mtu = path_mtu (d, i, &error);
      if (mtu && (!least || mtu < least))
        least = mtu;
      if (error)
        last = error;
    }
  if (!least)
    {
      doctor_find (finding, DOCTOR_BAD, EX_UNAVAILABLE,
                   gpgrt_bsprintf ("no route to the host: %s",
                                   strerror (last)),
                   gpgrt_bsprintf ("is the network up? see 'ip route'"));
      return;
    }
  doctor_find (finding, least < LEAST_MTU ? DOCTOR_BAD
               : least < USUAL_MTU ? DOCTOR_NOTE : DOCTOR_OK, EX_UNAVAILABLE,
               gpgrt_bsprintf ("a packet may have %d bytes, as far as is"
                               " known", least), NULL);
  if (least < LEAST_MTU)
    finding->cure = gpgrt_bsprintf ("a request may need %d; raise the MTU of"
                                    " the tunnel or the interface ('ip"
                                    " link')", LEAST_MTU);
  else if (least < USUAL_MTU)
    finding->cure = gpgrt_bsprintf ("with RSA keys a request may be too"
                                    " large; Ed25519 keys make it small");
}


/* No reply came.  */
static void
find_silence (const struct doctor *d, const struct report_item *item,
              struct doctor_finding *finding)
{
  struct noreply_facts facts;
  char *text[NOREPLY_MAX];
  size_t i, n;

  if (!item->sent && gpg_err_code (item->error) == GPG_ERR_EPERM)
    {
      doctor_find (finding, DOCTOR_BAD, EX_UNAVAILABLE,
                   gpgrt_bsprintf ("not sent: a firewall on this machine"
                                   " forbids it"),
                   gpgrt_bsprintf ("let udp/%u out; see 'nft list ruleset'"
                                   " or 'iptables -S OUTPUT'",
                                   (unsigned int) d->host->port));
      return;
    }
  noreply_look (d->host, item->error, &facts);
  n = noreply_causes (&facts, text);
  doctor_find (finding, DOCTOR_BAD, EX_UNAVAILABLE,
               gpgrt_bsprintf ("no reply within %u s; %s",
                               timeout_ms (d) / 1000, text[0] ? text[0] : ""),
               gpgrt_bsprintf ("check that first; if it is not the cause,"
                               " 'postern whoami %s' lists the others, and"
                               " 'posternctl audit' on the server shows what"
                               " it refused, and why", d->host->name));
  for (i = 0; i < n; i++)
    gpgrt_free (text[i]);
}


static void
find_answer (struct doctor *d, const struct report_item *item,
             struct doctor_finding *finding)
{
  char address[NETSPEC_ADDRSTRLEN];
  reply_t reply = item->reply;

  if (reply->result != REPLY_DONE)
    {
      doctor_find (finding, DOCTOR_BAD, report_status (item),
                   report_line (&(struct compose_ask)
                                { .action = REQUEST_WHOAMI }, item, 0),
                   gpgrt_bsprintf ("the server answers, and refuses; ask its"
                                   " administrator: 'posternctl audit' shows"
                                   " more about %s", d->host->user));
      return;
    }
  d->powerless = reply->output
    && whoami_text_nothing (reply->output, reply->output_len);
  doctor_find (finding, d->powerless ? DOCTOR_NOTE : DOCTOR_OK, EX_OK,
               gpgrt_bsprintf ("answered; the server sees you at %s",
                               netspec_addr_print (&reply->address, address)),
               d->powerless
               ? gpgrt_bsprintf ("no rule and no command there is for you;"
                                 " ask its administrator") : NULL);
}


/* The one check that asks the server: whoami.  */
void
doctor_probe (struct doctor *d, struct doctor_finding *finding)
{
  struct compose_ask ask;
  struct exchange x;
  int rc;

  if (d->blocked)
    {
      doctor_skip (finding, "not tried");
      return;
    }
  compose_ask_one (&ask, REQUEST_WHOAMI, d->host, d->options);
  exchange_begin (&x, d->options, d->profile, &ask);
  x.verb = "doctor";
  rc = exchange_once (&x);
  if (rc >= 0)
    doctor_find (finding, DOCTOR_BAD, rc,
                 gpgrt_bsprintf ("no request could be made"),
                 gpgrt_bsprintf ("see the message above"));
  else if (x.item->reply)
    find_answer (d, x.item, finding);
  else
    find_silence (d, x.item, finding);
  exchange_end (&x);
}
