/* explain-feed.c - Packets from a file, in capture's place.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The file may come from anybody.  libpcap parses it here, in a process that
 * can do nothing but write to one pipe.  */

#include "explain.h"

#include <pcap.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../capture/admit.h"
#include "../capture/decap.h"
#include "../capture/filter.h"
#include "../ipc/packets.h"

#define MAX_PACKETS 10000

/* For what the file does not say.  */
static const struct packet_origin from_nowhere =
  { .src = { .family = AF_INET }, .dst = { .family = AF_INET } };

struct feed
{
  config_t config;
  admit_t admit;
  int out, gpg;
  uint64_t id;
};


static gpg_error_t
feed_datagram (struct feed *feed, struct packet_origin *origin,
               const unsigned char *dgram, size_t len)
{
  gpg_error_t err;
  struct packet_sealed sealed;
  struct packet_refused refused = { 0 };
  enum refusal refusal;

  feed->id++;
  origin->size = (uint16_t)(len > UINT16_MAX ? UINT16_MAX : len);
  /* Each packet is taken out of the queue at once, so that none is refused
     because of those before it.  */
  refusal = admit_take (feed->admit, origin, dgram, len);
  if (!refusal && admit_next (feed->admit, &sealed))
    {
      err = packet_send_sealed (feed->out, feed->id, &sealed);
      if (!err && feed->gpg >= 0)
        err = packet_send_sealed (feed->gpg, feed->id, &sealed);
      admit_done (feed->admit);
      return err;
    }
  refused.origin = *origin;
  refused.refusal = (uint16_t)refusal;
  return packet_send_refused (feed->out, feed->id, &refused);
}


static gpg_error_t
feed_frame (struct feed *feed, const struct decap_link *link,
            const struct pcap_pkthdr *header, const unsigned char *frame)
{
  struct decap decap;
  struct packet_origin origin;
  struct packet_refused refused = { 0 };
  enum refusal refusal;

  origin = from_nowhere;
  origin.seen = (uint64_t)header->ts.tv_sec * 1000000
    + (uint64_t)header->ts.tv_usec;
  refusal = decap_frame (link, frame, header->caplen, &decap);
  if (refusal)
    {
      refused.origin = origin;
      refused.refusal = (uint16_t)refusal;
      return packet_send_refused (feed->out, ++feed->id, &refused);
    }
  if (decap.dport != feed->config->port)
    return 0;
  origin.src = decap.src;
  origin.dst = decap.dst;
  origin.sport = decap.sport;
  origin.dport = decap.dport;
  return feed_datagram (feed, &origin, decap.payload, decap.len);
}


/* The kernel's filter decides what capture sees: use the same one.  */
static gpg_error_t
feed_pcap (struct feed *feed, pcap_t *pcap)
{
  gpg_error_t err = 0;
  struct filter filter;
  struct pcap_pkthdr *header;
  const unsigned char *frame;
  const struct decap_link *link = decap_link (pcap_datalink (pcap));
  int rc = 1;

  if (!link)
    return gpg_error (GPG_ERR_UNSUPPORTED_ENCODING);
  filter_make (&filter, link, feed->config->port);
  while (!err && feed->id < MAX_PACKETS
         && (rc = pcap_next_ex (pcap, &header, &frame)) == 1)
    if (pcap_offline_filter (&filter.program, header, frame))
      err = feed_frame (feed, link, header, frame);
  if (rc == PCAP_ERROR)
    log_warn ("explain: %s: the rest of the file is ignored",
              pcap_geterr (pcap));
  return err;
}


/* NULL if it is not a pcap file.  A pcap file begins with one of its magic
   numbers, and a datagram's nonce does so by one chance in 2^30.  */
static pcap_t *
open_pcap (const void *data, size_t len)
{
  char why[PCAP_ERRBUF_SIZE];
  FILE *fp = fmemopen ((void *)(uintptr_t)data, len, "rb");
  pcap_t *pcap;

  if (!fp)
    return NULL;
  pcap = pcap_fopen_offline (fp, why);
  if (!pcap)
    fclose (fp);
  return pcap;
}


gpg_error_t
explain_feed (config_t config, const struct admit_key *keys, size_t n,
              const void *data, size_t len, int out, int gpg)
{
  gpg_error_t err;
  struct feed feed = { config, NULL, out, gpg, 0 };
  struct packet_origin origin;
  struct packet_counts counts;
  pcap_t *pcap;

  err = admit_new (keys, n, config->open_door, &feed.admit);
  if (err)
    return err;
  admit_set_time (feed.admit, (uint64_t)time (NULL));
  pcap = open_pcap (data, len);
  if (pcap)
    {
      err = feed_pcap (&feed, pcap);
      pcap_close (pcap);
    }
  else
    {
      origin = from_nowhere;
      err = feed_datagram (&feed, &origin, data, len);
    }
  memset (&counts, 0, sizeof counts);
  counts.passed = (uint32_t)feed.id;
  if (!err)
    err = packet_send_counts (out, 0, &counts);
  if (!err && gpg >= 0)
    err = packet_send_counts (gpg, 0, &counts);
  admit_release (feed.admit);
  return err;
}
