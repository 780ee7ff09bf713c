// Copies the address of the page, or hands it to the telephone's own way of sharing.
export default function ({parentElement}) {
  const part = name => parentElement.querySelector(name);
  const said = part('[role=status]'), share = part('[data-do=share]');
  share.hidden = !navigator.share;
  share.onclick = () => navigator.share({title: document.title, url: location.href}).catch(() => {});
  part('[data-do=copy]').onclick = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {  // browsers give the clipboard to safe addresses only: as it was done before
      const field = document.createElement('textarea');
      field.value = location.href;
      document.body.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
    }
    said.textContent = 'The link is copied.';
  };
}
