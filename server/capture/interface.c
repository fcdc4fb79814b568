/* interface.c - The sockets that capture reads from.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Uses libpcap (pcap(3pcap), packet(7)).  What is set here as root cannot be
 * changed later.  */

#include "interface.h"

#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/if_packet.h>
#include "../../common/base/log.h"
#include "filter.h"

#define SNAPLEN 2048            /* Largest datagram, headers and tags.  */
#define RINGLEN (2 * 1024 * 1024)

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif


/* Let libpcap make its socket.  Immediate mode: a packet is delivered as it
   comes, not when a block is full.  */
static gpg_error_t
activate_pcap (const char *name, pcap_t *pcap)
{
  int rc;

  if (pcap_set_snaplen (pcap, SNAPLEN)
      || pcap_set_promisc (pcap, 0)
      || pcap_set_immediate_mode (pcap, 1)
      || pcap_set_buffer_size (pcap, RINGLEN))
    return gpg_error (GPG_ERR_GENERAL);
  rc = pcap_activate (pcap);
  if (rc == PCAP_ERROR_NO_SUCH_DEVICE || rc == PCAP_ERROR_IFACE_NOT_UP)
    {
      log_warn ("interface %s: %s; waiting for it", name,
                rc == PCAP_ERROR_IFACE_NOT_UP ? "is down" : "does not exist");
      return gpg_error (GPG_ERR_ENODEV);
    }
  if (rc < 0)
    {
      log_error ("interface %s: %s: %s", name, pcap_statustostr (rc),
                 pcap_geterr (pcap));
      return gpg_error (GPG_ERR_GENERAL);
    }
  return 0;
}


/* Only version 2 of the cooked header names the interface.  */
static gpg_error_t
choose_link (pcap_t *pcap, struct interface *interface)
{
  if (pcap_datalink (pcap) == DLT_LINUX_SLL
      && pcap_set_datalink (pcap, DLT_LINUX_SLL2))
    return gpg_error (GPG_ERR_GENERAL);
  interface->link = decap_link (pcap_datalink (pcap));
  if (!interface->link)
    {
      log_error ("interface %s: its link type %s is not supported",
                 interface->name,
                 pcap_datalink_val_to_name (pcap_datalink (pcap)));
      return gpg_error (GPG_ERR_NOT_SUPPORTED);
    }
  return 0;
}


static gpg_error_t
attach_port_filter (pcap_t *pcap, struct interface *interface, uint16_t port)
{
  const int one = 1;
  struct filter filter;

  filter_make (&filter, interface->link, port);
  if (pcap_setfilter (pcap, &filter.program)
      || pcap_setdirection (pcap, PCAP_D_IN))
    return gpg_error (GPG_ERR_GENERAL);
  /* This only saves copying: pcap_setdirection is what counts.  */
  setsockopt (interface->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING,
              &one, sizeof one);
  if (setsockopt (interface->fd, SOL_SOCKET, SO_LOCK_FILTER,
                  &one, sizeof one))
    return gpg_error_from_syserror ();
  return 0;
}


static gpg_error_t
set_up_pcap (pcap_t *pcap, struct interface *interface, uint16_t port)
{
  char errbuf[PCAP_ERRBUF_SIZE];
  gpg_error_t err;

  err = choose_link (pcap, interface);
  if (err)
    return err;
  interface->fd = pcap_get_selectable_fd (pcap);
  if (interface->fd < 0)
    return gpg_error (GPG_ERR_NOT_SUPPORTED);
  err = attach_port_filter (pcap, interface, port);
  if (err)
    return err;
  if (pcap_setnonblock (pcap, 1, errbuf))
    return gpg_error (GPG_ERR_GENERAL);
  return 0;
}


gpg_error_t
interface_open (const char *name, uint16_t port,
                struct interface *r_interface)
{
  char errbuf[PCAP_ERRBUF_SIZE];
  gpg_error_t err;
  pcap_t *pcap;

  memset (r_interface, 0, sizeof *r_interface);
  r_interface->name = name;
  r_interface->fd = -1;
  pcap = pcap_create (name, errbuf);
  if (!pcap)
    {
      log_error ("interface %s: %s", name, errbuf);
      return gpg_error (GPG_ERR_GENERAL);
    }
  r_interface->ifindex = strcmp (name, "any") ? if_nametoindex (name) : 0;
  err = activate_pcap (name, pcap);
  if (!err)
    {
      err = set_up_pcap (pcap, r_interface, port);
      if (err)
        log_error ("interface %s: cannot be read: %s", name,
                   *pcap_geterr (pcap)
                   ? pcap_geterr (pcap) : gpg_strerror (err));
    }
  if (err)
    {
      pcap_close (pcap);
      r_interface->fd = -1;
      return err;
    }
  r_interface->pcap = pcap;
  return 0;
}


void
interface_abandon (struct interface *interface)
{
  /* pcap_close would change options of the socket, which the system call
     filter forbids.  The ring stays mapped until the process is replaced, as
     soon as the interface is back.  */
  close (interface->fd);
  interface->pcap = NULL;
  interface->fd = -1;
}


void
interface_clear_error (struct interface *interface)
{
  socklen_t len = sizeof (int);
  int what;

  if (!getsockopt (interface->fd, SOL_SOCKET, SO_ERROR, &what, &len) && what)
    log_warn ("interface %s: %s", interface->name, strerror (what));
}
