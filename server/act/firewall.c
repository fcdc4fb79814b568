/* firewall.c - The table "inet postern", through libnftables.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The hook has priority -150: after conntrack (-200), before destination NAT
 * (-100), and so published container ports are covered too.  Each change must
 * be one buffer, which is one transaction.  No set of grants may have the
 * interval flag: an element would have two ends, and libnftables would read
 * all of it before each change.  */

#include "firewall.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <nftables/libnftables.h>
#include "../../common/base/ticks.h"
#include "elements.h"
#include "netlink.h"

#define TABLE "inet postern"
#define SET_SIZE 1048576
#define TIMEOUTLEN 64
#define BRIEF 1000              /* Milliseconds.  */
#define SEND_MOST (8 * 1024 * 1024)     /* Bytes of one change.  */

/* What names a connection, after its source address.  */
#define CONNECTION "meta l4proto . th sport . th dport"

struct firewall_s
{
  struct nft_ctx *ctx;
  struct mnl_socket *socket;    /* For elements.  */
  char *fixed;                  /* The table without the set `armed'.  */
  uint64_t trial_end;           /* CLOCK_BOOTTIME, milliseconds; 0: none. */
  char message[256];
};

/* Per family: its name in a rule, its type in a set, and the suffix of its
   sets.  */
static const struct
{
  sa_family_t family;
  const char *ip, *type;
  char suffix;
} families[] = { { AF_INET, "ip", "ipv4_addr", '4' },
                 { AF_INET6, "ip6", "ipv6_addr", '6' } };


/* A set of intervals: what is printed between this and end_set are its
   elements, each after what it returns.  */
static const char *
begin_set (gpgrt_stream_t fp, const char *name, const char *type)
{
  gpgrt_fprintf (fp, "  set %s {\n    type %s\n    flags interval\n"
                 "    auto-merge\n    ", name, type);
  return "elements = { ";
}


static void
end_set (gpgrt_stream_t fp, const char *comma)
{
  gpgrt_fprintf (fp, "%s\n  }\n", *comma == ',' ? " }" : "");
}


static void
print_protect (config_t config, gpgrt_stream_t fp, uint8_t proto,
               const char *name)
{
  const struct port_range *range = config->protect;
  const char *comma = begin_set (fp, name, "inet_service");
  size_t i;

  for (i = 0; i < config->n_protect; i++)
    if (range[i].proto == proto)
      {
        gpgrt_fprintf (fp, "%s%u-%u", comma, range[i].first, range[i].last);
        comma = ", ";
      }
  end_set (fp, comma);
}


/* The configuration accepts no name with a character that means something
   here.  */
static void
print_trusted (const struct config_trusted *trusted, gpgrt_stream_t fp)
{
  char text[NETSPEC_PREFIXSTRLEN];
  const char *comma;
  size_t i, k;

  for (i = 0; i < 2; i++)
    {
      comma = begin_set (fp, i ? "trusted6" : "trusted4", families[i].type);
      for (k = 0; k < trusted->n_prefixes; k++)
        if (trusted->prefix[k].addr.family == families[i].family)
          {
            gpgrt_fprintf (fp, "%s%s", comma,
                           netspec_prefix_print (trusted->prefix + k, text));
            comma = ", ";
          }
      end_set (fp, comma);
    }
  gpgrt_fputs ("  set trusted_links {\n    type ifname\n", fp);
  for (k = 0; k < trusted->interfaces.n; k++)
    gpgrt_fprintf (fp, "%s\"%s\"", k ? ", " : "    elements = { ",
                   trusted->interfaces.item[k]);
  gpgrt_fputs (k ? " }\n  }\n" : "  }\n", fp);
}


/* The sets of grants.  Those of `once' have a limit for each element, which
   lets exactly one packet by, however many processors see one at the same
   time.  */
static void
print_sets (gpgrt_stream_t fp)
{
  static const char once[] = "    limit rate 1/week burst 1 packets\n";
  static const struct { const char *name, *source, *more; } sets[] =
    {
      { "grant", "", "" },
      { "bind", " . inet_service", "" },
      { "once", "", once },
      { "bindonce", " . inet_service", once },
      { "admitted", " . inet_service", "    timeout 10s\n" }
    };
  size_t i, k;

  for (i = 0; i < 2; i++)
    for (k = 0; k < sizeof sets / sizeof *sets; k++)
      gpgrt_fprintf (fp, "  set %s%c {\n    type %s . inet_proto%s"
                     " . inet_service\n    flags timeout, dynamic\n"
                     "    size %d\n%s  }\n", sets[k].name,
                     families[i].suffix, families[i].type, sets[k].source,
                     SET_SIZE, sets[k].more);
}


/* What lets a packet of one family in.  A connection that `once' admits
   is remembered by its source port, so that its SYN may come again: for a
   moment, within which act gives it what is left of the grant.  */
static void
print_admission (gpgrt_stream_t fp, const char *ip, char c)
{
  char any[64], port[80];

  snprintf (any, sizeof any, "%s saddr . meta l4proto . th dport", ip);
  snprintf (port, sizeof port, "%s saddr . " CONNECTION, ip);
  gpgrt_fprintf (fp, "    %s @grant%c accept\n", any, c);
  gpgrt_fprintf (fp, "    %s @bind%c accept\n", port, c);
  gpgrt_fprintf (fp, "    %s @admitted%c accept\n", port, c);
  gpgrt_fprintf (fp, "    %s @once%c add @admitted%c { %s }"
                 " delete @once%c { %s } accept\n", any, c, c, port, c, any);
  gpgrt_fprintf (fp, "    %s @bindonce%c add @admitted%c { %s }"
                 " delete @bindonce%c { %s } accept\n",
                 port, c, c, port, c, port);
}


/* After its handshake a connection needs no admission: a second one from
   the same source port is not let in by it.  */
static void
print_settle (gpgrt_stream_t fp, const char *ip, char c)
{
  static const char *const settled[] =
    { "tcp flags & (syn | ack) == ack", "meta l4proto 17" };
  size_t i;

  for (i = 0; i < 2; i++)
    gpgrt_fprintf (fp, "    %s %s saddr . " CONNECTION " @admitted%c"
                   " delete @admitted%c { %s saddr . " CONNECTION " }\n",
                   settled[i], ip, c, c, ip);
}


/* Only packets for another host pass: a service also gets what is sent to
   broadcast, multicast and anycast addresses.  "Related" is not enough to
   come in: of TCP and UDP that is what a conntrack helper made of bytes that
   somebody sent.  Nor is "established" for a packet that begins a connection:
   conntrack may remember one that the host has forgotten, and would let a
   second one through on its entry.  */
static void
print_chains (gpgrt_stream_t fp)
{
  size_t i;

  gpgrt_fputs ("  chain settle {\n", fp);
  for (i = 0; i < 2; i++)
    print_settle (fp, families[i].ip, families[i].suffix);
  gpgrt_fputs ("    accept\n  }\n  chain guard {\n"
               "    iifname @trusted_links accept\n"
               "    ip saddr @trusted4 accept\n"
               "    ip6 saddr @trusted6 accept\n"
               "    tcp flags & (syn | ack) != syn ct state established"
               " jump settle\n"
               "    meta l4proto 17 ct state established jump settle\n"
               "    ct state invalid meta nfproto @armed drop\n", fp);
  for (i = 0; i < 2; i++)
    print_admission (fp, families[i].ip, families[i].suffix);
  gpgrt_fputs ("    meta nfproto @armed drop\n  }\n"
               "  chain prerouting {\n"
               "    type filter hook prerouting priority -150;"
               " policy accept;\n"
               "    iif lo accept\n"
               "    fib daddr type unicast accept\n"
               "    tcp dport @tcp_shut jump guard\n"
               "    udp dport @udp_shut jump guard\n  }\n", fp);
}


/* Close FP, and hand out what was printed to it, to be freed with
   gpgrt_free.  FP may be NULL: it could not be opened.  */
static gpg_error_t
take_commands (gpgrt_stream_t fp, char **r_text)
{
  void *text = NULL;

  *r_text = NULL;
  if (!fp)
    return gpg_error_from_syserror ();
  gpgrt_fputc (0, fp);
  if (gpgrt_fclose_snatch (fp, &text, NULL))
    return gpg_error_from_syserror ();
  *r_text = text;
  return 0;
}


/* What CONFIG makes of the table, to be freed with gpgrt_free.  */
static char *
print_fixed (config_t config)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  char *text;

  if (!fp)
    return NULL;
  print_protect (config, fp, IPPROTO_TCP, "tcp_shut");
  print_protect (config, fp, IPPROTO_UDP, "udp_shut");
  print_trusted (&config->trusted, fp);
  print_sets (fp);
  print_chains (fp);
  take_commands (fp, &text);
  return text;
}


static gpg_error_t
open_firewall (firewall_t firewall)
{
  const int size = SEND_MOST;
  gpg_error_t err;

  firewall->ctx = nft_ctx_new (NFT_CTX_DEFAULT);
  if (!firewall->fixed || !firewall->ctx)
    return gpg_error (GPG_ERR_ENOMEM);
  nft_ctx_buffer_output (firewall->ctx);
  nft_ctx_buffer_error (firewall->ctx);
  err = netlink_open (NETLINK_NETFILTER, &firewall->socket);
  if (err)
    return err;
  /* If this is not allowed, a very large change fails.  */
  (void)setsockopt (mnl_socket_get_fd (firewall->socket), SOL_SOCKET,
                    SO_SNDBUFFORCE, &size, sizeof size);
  return 0;
}


gpg_error_t
firewall_new (config_t config, unsigned int trial, firewall_t *r_firewall)
{
  gpg_error_t err;
  firewall_t firewall;

  *r_firewall = NULL;
  firewall = calloc (1, sizeof *firewall);
  if (!firewall)
    return gpg_error_from_syserror ();
  firewall->fixed = print_fixed (config);
  err = open_firewall (firewall);
  if (err)
    {
      firewall_release (firewall);
      return err;
    }
  if (trial)
    firewall->trial_end = ticks_boot_ms () + UINT64_C (1000) * trial;
  *r_firewall = firewall;
  return 0;
}


void
firewall_release (firewall_t firewall)
{
  if (!firewall)
    return;
  if (firewall->ctx)
    nft_ctx_free (firewall->ctx);
  if (firewall->socket)
    mnl_socket_close (firewall->socket);
  gpgrt_free (firewall->fixed);
  free (firewall);
}


const char *
firewall_message (firewall_t firewall)
{
  return firewall->message;
}


gpg_error_t
firewall_load (firewall_t firewall, const char *commands)
{
  const char *text;

  *firewall->message = 0;
  /* libnftables keeps what it printed until somebody asks for it.  */
  nft_ctx_get_output_buffer (firewall->ctx);
  nft_ctx_get_error_buffer (firewall->ctx);
  if (!nft_run_cmd_from_buffer (firewall->ctx, commands))
    return 0;
  text = nft_ctx_get_error_buffer (firewall->ctx);
  snprintf (firewall->message, sizeof firewall->message, "%.*s",
            (int)strcspn (text, "\n"), text);
  return gpg_error (GPG_ERR_GENERAL);
}


/* Run what was printed to FP, and close it.  */
static gpg_error_t
run_stream (firewall_t firewall, gpgrt_stream_t fp)
{
  char *text;
  gpg_error_t err = take_commands (fp, &text);

  if (!err)
    err = firewall_load (firewall, text);
  gpgrt_free (text);
  return err;
}


/* nftables accepts numbers of at most eight digits: milliseconds alone would
   go no further than 27 hours.  */
static char *
print_timeout (uint64_t ms, char text[TIMEOUTLEN])
{
  uint64_t s = ms / 1000;

  snprintf (text, TIMEOUTLEN, " timeout %" PRIu64 "d%uh%um%us%ums",
            s / 86400, (unsigned int)(s / 3600 % 24),
            (unsigned int)(s / 60 % 60), (unsigned int)(s % 60),
            (unsigned int)(ms % 1000));
  return text;
}


/* The ports are shut while these elements exist.  Those of a trial have a
   timeout, and are not added again after it.  */
static void
print_armed (firewall_t firewall, gpgrt_stream_t fp)
{
  uint64_t now = ticks_boot_ms (), end = firewall->trial_end;
  char timeout[TIMEOUTLEN] = "";

  gpgrt_fputs ("  set armed {\n    type nf_proto\n    flags timeout\n", fp);
  if (end > now)
    print_timeout (end - now, timeout);
  if (!end || end > now)
    gpgrt_fprintf (fp, "    elements = { ipv4%s, ipv6%s }\n",
                   timeout, timeout);
  gpgrt_fputs ("  }\n", fp);
}


/* Protocols are written as numbers: act cannot read /etc/protocols.  */
static void
print_element (gpgrt_stream_t fp, const char *verb,
               const struct firewall_element *e, bool timed)
{
  char timeout[TIMEOUTLEN];
  char addr[NETSPEC_ADDRSTRLEN];

  gpgrt_fprintf (fp, "%s element " TABLE " %s%c { %s . %u . ", verb,
                 e->admitted ? "admitted"
                 : e->bind ? e->once ? "bindonce" : "bind"
                 : e->once ? "once" : "grant",
                 e->addr.family == AF_INET ? '4' : '6',
                 netspec_addr_print (&e->addr, addr),
                 e->proto);
  if (e->bind || e->admitted)
    gpgrt_fprintf (fp, "%u . ", e->bind);
  gpgrt_fprintf (fp, "%u", e->port);
  if (timed)
    gpgrt_fputs (print_timeout (e->left, timeout), fp);
  gpgrt_fputs (" }\n", fp);
}


static void
print_whole_table (firewall_t firewall, gpgrt_stream_t fp)
{
  gpgrt_fputs ("table " TABLE " {\n", fp);
  print_armed (firewall, fp);
  gpgrt_fputs (firewall->fixed, fp);
  gpgrt_fputs ("}\n", fp);
}


#define ANEW "add table " TABLE "\ndelete table " TABLE "\n"

/* The table for good, after the commands BEFORE.  */
static gpg_error_t
print_for_good (firewall_t firewall, const char *before, char **r_text)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  struct firewall_s lasting = *firewall;

  lasting.trial_end = 0;
  if (fp)
    {
      gpgrt_fputs (before, fp);
      print_whole_table (&lasting, fp);
    }
  return take_commands (fp, r_text);
}


gpg_error_t
firewall_print (firewall_t firewall, FILE *out)
{
  char *text;
  gpg_error_t err = print_for_good (firewall, "", &text);

  if (!err)
    fputs (text, out);
  gpgrt_free (text);
  return err;
}


gpg_error_t
firewall_text (firewall_t firewall, char **r_text)
{
  return print_for_good (firewall, ANEW, r_text);
}


gpg_error_t
firewall_rebuild (firewall_t firewall,
                  const struct firewall_element *element, size_t n)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  size_t i;

  if (!fp)
    return gpg_error_from_syserror ();
  gpgrt_fputs (ANEW, fp);
  print_whole_table (firewall, fp);
  for (i = 0; i < n; i++)
    if (element[i].left)
      print_element (fp, "add", element + i, true);
  return run_stream (firewall, fp);
}


static gpg_error_t
take_steps (firewall_t firewall, const struct elements_step *step, size_t n)
{
  gpg_error_t err = elements_change (firewall->socket, step, n);

  snprintf (firewall->message, sizeof firewall->message, "%s",
            err ? gpg_strerror (err) : "");
  return err;
}


/* Before Linux 6.12 adding an element that exists does not renew its timeout,
   and deleting one that does not exist fails: so add, delete, add.  */
gpg_error_t
firewall_change (firewall_t firewall,
                 const struct firewall_element *element, size_t n)
{
  struct elements_step *step = calloc (n ? n : 1, 3 * sizeof *step);
  gpg_error_t err;
  size_t i, k = 0;

  if (!step)
    return gpg_error_from_syserror ();
  for (i = 0; i < n; i++)
    {
      step[k++] = (struct elements_step){ element + i, BRIEF };
      step[k++] = (struct elements_step){ element + i, 0 };
      if (element[i].left)
        step[k++] = (struct elements_step){ element + i, element[i].left };
    }
  err = take_steps (firewall, step, k);
  free (step);
  return err;
}


gpg_error_t
firewall_renew (firewall_t firewall, const struct firewall_element *element)
{
  const struct elements_step step[] =
    { { element, 0 }, { element, element->left } };

  return take_steps (firewall, step, element->left ? 2 : 1);
}


/* FORM: of protocols and ports, NFT_CTX_OUTPUT_NUMERIC_ALL or 0 for names.  */
static gpg_error_t
list_json (firewall_t firewall, const char *command, unsigned int form,
           char **r_json)
{
  gpg_error_t err;

  *r_json = NULL;
  nft_ctx_output_set_flags (firewall->ctx, NFT_CTX_OUTPUT_JSON | form);
  err = firewall_load (firewall, command);
  nft_ctx_output_set_flags (firewall->ctx, 0);
  if (err)
    return err;
  *r_json = strdup (nft_ctx_get_output_buffer (firewall->ctx));
  return *r_json ? 0 : gpg_error_from_syserror ();
}


bool
firewall_is_there (firewall_t firewall)
{
  return !firewall_load (firewall, "get element " TABLE " armed { ipv4 }\n");
}


bool
firewall_has (firewall_t firewall, const struct firewall_element *element)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");

  if (!fp)
    return true;                /* When in doubt, it was not used.  */
  print_element (fp, "get", element, false);
  return !run_stream (firewall, fp);
}


gpg_error_t
firewall_settle (firewall_t firewall)
{
  return firewall_load (firewall, "add table " TABLE "\n");
}


gpg_error_t
firewall_keep (firewall_t firewall)
{
  firewall->trial_end = 0;
  return firewall_load (firewall,
                        "add element " TABLE " armed { ipv4, ipv6 }\n"
                        "delete element " TABLE " armed { ipv4, ipv6 }\n"
                        "add element " TABLE " armed { ipv4, ipv6 }\n");
}


gpg_error_t
firewall_remove (firewall_t firewall)
{
  return firewall_load (firewall, ANEW);
}


gpg_error_t
firewall_list (firewall_t firewall, char **r_json)
{
  return list_json (firewall, "list ruleset", 0, r_json);
}


gpg_error_t
firewall_list_admitted (firewall_t firewall, sa_family_t family,
                        char **r_json)
{
  /* Numbers: act can read neither /etc/protocols nor /etc/services.  */
  return list_json (firewall, family == AF_INET
                    ? "list set " TABLE " admitted4"
                    : "list set " TABLE " admitted6",
                    NFT_CTX_OUTPUT_NUMERIC_ALL, r_json);
}
